using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Module = TorchSharp.torch.nn.Module;
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
    private static readonly ConditionalWeakTable<Type, FieldInfo[]> Fields = [];

    /// <summary>Whether a module has a hook of any kind.</summary>
    public static bool Any(Module module)
    {
        if (module is Module<Tensor, Tensor> unary)
        {
            return Hooks<PreHook, PostHook>.Pre(unary).Count > 0
                || Hooks<PreHook, PostHook>.Post(unary).Count > 0
                || Hooks<PreHook, PostHook>.ModulePre(unary).Count > 0
                || Hooks<PreHook, PostHook>.ModulePost(unary).Count > 0;
        }

        return Array.Exists(Fields.GetValue(module.GetType(), Read), field => field.GetValue(module) is ICollection { Count: > 0 });
    }

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

    /// <summary>The hook dictionaries of a module's type, which are those of <c>HookableModule</c>; none where nothing can be hooked.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Precision.targets keeps the members of models, over which TorchSharp reflects too.")]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "The same.")]
    private static FieldInfo[] Read(Type type)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (current.IsGenericType && current.GetGenericTypeDefinition() == typeof(HookableModule<,>))
            {
                return current.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly);
            }
        }

        return [];
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
