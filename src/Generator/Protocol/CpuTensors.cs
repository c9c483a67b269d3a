using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using Precision.Generator.Operations;
using Precision.Generator.Roslyn;

namespace Precision.Generator.Protocol;

/// <summary>Tensors that certainly are on the CPU, where reading them waits for nothing.</summary>
internal static class CpuTensors
{
    private const int MaximumDepth = 8;

    /// <summary>Whether what an operation reads is on the CPU.</summary>
    public static bool IsRead(IOperation read, Code code) => DeviceReads.TensorOf(read) is { } tensor && Holds(tensor, code, 0);

    private static bool Holds(IOperation expression, Code code, int depth)
    {
        if (depth > MaximumDepth)
        {
            return false;
        }

        switch (expression.WithoutConversions())
        {
            case ILocalReferenceOperation { Local: var local }:
                var values = code.AssignedTo(local);
                return values.Count > 0 && values.All(value => value is not null && value.Type?.IsTensorOrDerived() is true
                    && Holds(value, code, depth + 1));
            case IInvocationOperation call:
                return DeviceReads.IsMadeOnCpu(call)
                    || (call.TargetMethod.IsTorchSharps() && !DeviceReads.Moves(call.TargetMethod)
                        && HaveTensor([call.Receiver(), .. call.Arguments.Select(static argument => argument.Value)], code, depth));
            case IBinaryOperation binary:
                return HaveTensor([binary.LeftOperand, binary.RightOperand], code, depth);
            case ICompoundAssignmentOperation compound:
                return Holds(compound.Value, code, depth + 1);
            case IUnaryOperation unary:
                return Holds(unary.Operand, code, depth + 1);
            case IPropertyReferenceOperation { Instance: { } instance } property:
                return property.Property.ContainingType.IsTensor() && Holds(instance, code, depth + 1);
            default:
                return false;
        }
    }

    /// <summary>Whether there are tensors among operands, all of them on the CPU.</summary>
    private static bool HaveTensor(IEnumerable<IOperation?> operands, Code code, int depth)
    {
        var tensors = operands.OfType<IOperation>().Where(static operand => operand.WithoutConversions().Type?.IsTensorOrDerived() is true).ToList();
        return tensors.Count > 0 && tensors.TrueForAll(tensor => Holds(tensor, code, depth + 1));
    }
}
