using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace Precision.Optim;

/// <summary>
/// A step of Adam or AdamW that reads a model's 16-bit gradients and writes its float32 masters and its 16-bit parameters: in one
/// launch, and 28 bytes an element, what is otherwise gradients to float32, the step, and masters to 16-bit (40 bytes).
/// </summary>
internal sealed class AdamKernel(bool decoupled, AdamStep step, Tensor? divisor, Tensor? foundInf)
{
    private readonly Dictionary<ScalarType, (TensorTable Table, Tensor Like)> tables = [];

    /// <summary>Adds a parameter: tensors of one layout.</summary>
    /// <param name="modelParameter">The 16-bit parameter, which has a gradient of its dtype.</param>
    /// <param name="gradient">Its gradient.</param>
    /// <param name="master">Its float32 master.</param>
    /// <param name="expAvg">The mean of the gradients, float32.</param>
    /// <param name="expAvgSq">The mean of their squares, float32.</param>
    /// <param name="maxExpAvgSq">The largest mean of squares, float32; null without AMSGrad.</param>
    /// <param name="count">One Float32 number: the steps, this one counted already.</param>
    /// <exception cref="ArgumentException">Another dtype or memory layout; a divisor or a flag that is not one Float32 number here.</exception>
    public void Add(
        Tensor modelParameter, Tensor gradient, Tensor master, Tensor expAvg, Tensor expAvgSq, Tensor? maxExpAvgSq, Tensor count)
    {
        var parameter = TensorMetadata.Of(modelParameter, nameof(modelParameter));
        Check(gradient, nameof(gradient), parameter, parameter.Dtype);
        Check(master, nameof(master), parameter, ScalarType.Float32);
        Check(expAvg, nameof(expAvg), parameter, ScalarType.Float32);
        Check(expAvgSq, nameof(expAvgSq), parameter, ScalarType.Float32);
        if (!tables.TryGetValue(parameter.Dtype, out var entry))
        {
            CheckScalar(divisor, nameof(divisor), parameter);
            CheckScalar(foundInf, nameof(foundInf), parameter);
            tables[parameter.Dtype] = entry = (new TensorTable(), modelParameter);
        }

        entry.Table.Add(parameter.ElementCount, [gradient, modelParameter, master, expAvg, expAvgSq, maxExpAvgSq, count]);
    }

    /// <summary>Updates what was added: a launch for each 16-bit dtype.</summary>
    public void Launch()
    {
        const int threads = 256;
        foreach (var (table, like) in tables.Values)
        {
            if (table.Blocks == 0)
            {
                continue;
            }

            using var rows = table.To(like.device);
            var arguments = new KernelArguments();
            arguments.Add(rows);
            arguments.Add(table.Count);
            arguments.Add(step.LearningRate);
            arguments.Add(step.Beta1);
            arguments.Add(step.Beta2);
            arguments.Add(step.WeightDecay);
            arguments.Add(step.Eps);
            arguments.Add(decoupled);
            arguments.Add(step.Maximize);
            arguments.Add(divisor);
            arguments.Add(foundInf);
            FusedKernels.Launch(like, "many_tensors.cu", "", "adam", (table.Blocks, 1), (threads, 1), 0, arguments);
        }
    }

    private static void CheckScalar(Tensor? number, string name, in TensorMetadata parameter)
    {
        if (number is not null)
        {
            Tensors.CheckScalar(number, name, parameter);
        }
    }

    private static void Check(Tensor tensor, string name, in TensorMetadata parameter, ScalarType dtype)
    {
        var metadata = TensorMetadata.Of(tensor, name);
        if (metadata.Dtype != dtype || !metadata.SameDevice(parameter) || !metadata.SameLayout(parameter))
        {
            throw new ArgumentException(
                $"'{name}' is {metadata.ToString()}, the parameter {parameter.ToString()}: it must be {dtype}, and device, shape and strides equal.",
                name);
        }
    }
}
