using System.Runtime.CompilerServices;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using PostHook = System.Func<TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>,
    TorchSharp.torch.Tensor, TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>;
using PreHook = System.Func<TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>,
    TorchSharp.torch.Tensor, TorchSharp.torch.Tensor>;

namespace Precision.CompilerServices;

/// <summary>
/// <c>Module&lt;Tensor, Tensor&gt;.call</c> with another forward in the middle: the hooks run in TorchSharp's order
/// (src/TorchSharp/NN/Module.cs), which leaves post-hooks out when forward throws.
/// </summary>
internal static class ForwardHooks
{
    public static Tensor Call(Module<Tensor, Tensor> module, Tensor input, Float32Devices softmax)
    {
        foreach (var hook in Hooks<PreHook, PostHook>.ModulePre(module).Values)
        {
            hook(module);
        }

        foreach (var hook in Hooks<PreHook, PostHook>.Pre(module).Values)
        {
            input = hook(module, input) ?? input;
        }

        var result = ModuleCalls.Forward(module, input, softmax);
        foreach (var hook in Hooks<PreHook, PostHook>.Post(module).Values)
        {
            result = hook(module, input, result) ?? result;
        }

        foreach (var hook in Hooks<PreHook, PostHook>.ModulePost(module).Values)
        {
            hook(module);
        }

        return result;
    }

    /// <summary>The protected hook dictionaries. Generic, since an accessor must have the field's type as it is declared.</summary>
    private static class Hooks<TPre, TPost>
    {
        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "module_pre_hooks")]
        public static extern ref Dictionary<string, Action<Module>> ModulePre(HookableModule<TPre, TPost> module);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "pre_hooks")]
        public static extern ref Dictionary<string, TPre> Pre(HookableModule<TPre, TPost> module);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "post_hooks")]
        public static extern ref Dictionary<string, TPost> Post(HookableModule<TPre, TPost> module);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "module_post_hooks")]
        public static extern ref Dictionary<string, Action<Module>> ModulePost(HookableModule<TPre, TPost> module);
    }
}
