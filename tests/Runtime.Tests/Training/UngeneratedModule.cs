using System.Reflection;
using System.Reflection.Emit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Precision.Runtime.Tests.Training;

/// <summary>Makes a module of a class that is annotated and was compiled without the generator, as from another assembly.</summary>
internal static class UngeneratedModule
{
    public static Module<Tensor, Tensor> Create()
    {
        var parent = typeof(Module<Tensor, Tensor>);
        var type = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Ungenerated"), AssemblyBuilderAccess.Run)
            .DefineDynamicModule("Ungenerated")
            .DefineType("Forgotten", TypeAttributes.Public | TypeAttributes.Class, parent);
        type.SetCustomAttribute(new CustomAttributeBuilder(
            typeof(MixedPrecisionAttribute).GetConstructor([typeof(Dtype)])!, [Dtype.BFloat16]));
        var forward = type.DefineMethod(
            "forward", MethodAttributes.Public | MethodAttributes.Virtual, typeof(Tensor), [typeof(Tensor)]).GetILGenerator();
        forward.Emit(OpCodes.Ldarg_1);
        forward.Emit(OpCodes.Ret);
        var constructor = type.DefineConstructor(MethodAttributes.Public, CallingConventions.Standard, []).GetILGenerator();
        constructor.Emit(OpCodes.Ldarg_0);
        constructor.Emit(OpCodes.Ldstr, "Forgotten");
        constructor.Emit(
            OpCodes.Call, parent.GetConstructor(BindingFlags.Instance | BindingFlags.NonPublic, [typeof(string)])!);
        constructor.Emit(OpCodes.Ret);
        return (Module<Tensor, Tensor>)Activator.CreateInstance(type.CreateType())!;
    }
}
