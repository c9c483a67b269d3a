namespace Precision.Generator.Tests.Forward;

/// <summary>Classes in whose scope generated code could mean something else, or name what it may not.</summary>
internal static class StrangeScopes
{
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["VarBeside"] = """
            #pragma warning disable CS8981
            namespace Models { public class var { } [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, (Tensor, Tensor)>("n") { (Tensor, Tensor) ForwardCore(Tensor x) { return (x, x); } } }
            """,
        ["VarInside"] = """
            #pragma warning disable CS8981
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, (Tensor, Tensor)>("n") { public struct var { } (Tensor, Tensor) ForwardCore(Tensor x) { return (x, x); } }
            """,
        ["VarTypeParameter"] = """
            #pragma warning disable CS8981
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net<@var>() : Module<Tensor, (Tensor, Tensor)>("n") { (Tensor, Tensor) ForwardCore(Tensor x) { return (x, x); } }
            """,
        ["VarEverywhere"] = """
            #pragma warning disable CS8981
            public class var { }
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Tensor>("n") { [FullPrecision] private readonly Linear linear = Linear(1, 1); private readonly LSTM lstm = LSTM(1, 1); Tensor ForwardCore(Tensor x) => linear.call(lstm.call(x).Item1); }
            """,
        ["NativeIntBeside"] = """
            #pragma warning disable CS8981
            namespace Models { public class @nint { } public class @nuint { } [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, IntPtr, UIntPtr[], Tensor>("n") { Tensor ForwardCore(Tensor x, IntPtr a, UIntPtr[] b) => x.alias(); } }
            """,
        ["NativeIntEverywhere"] = """
            #pragma warning disable CS8981
            public class @nint { }
            public class Part() : Module<Tensor, IntPtr, Tensor>("p") { public override Tensor forward(Tensor x, IntPtr p) => x.alias(); }
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Tensor>("n") { [FullPrecision] private readonly Part part = new(); Tensor ForwardCore(Tensor x) => part.call(x, (IntPtr)1); }
            """,
        ["ContextualKeywordsBeside"] = """
            #pragma warning disable CS8981
            namespace Models { public class @nameof { } public class @record { } public class @required { } public class @scoped { } public class @file { } public class @field { } public class value { } public class @dynamic { } public class notnull { } public class unmanaged { } public class async { } public class await { } public class _ { } public class args { } public class @global { } public class get { } public class @set { } public class @partial { } public class @extension { } public class @allows { }
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, @dynamic, @record, (Tensor, @field)>("n") { (Tensor, @field) ForwardCore(Tensor x, @dynamic d, @record r) { return (x.softmax(1), new @field()); } } }
            """,
        ["DynamicResultsBesideATypeOfThatName"] = """
            #pragma warning disable CS8981
            namespace Others { public abstract class Base() : Module<Tensor, dynamic>("b") { protected dynamic ForwardCore(Tensor x) => x.softmax(1); } public abstract class Pairs() : Module<Tensor, List<dynamic>>("b") { protected List<dynamic> ForwardCore(Tensor x) => [x.softmax(1)]; } }
            namespace Models { public class @dynamic { } [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net : Others.Base; [MixedPrecision(Dtype.BFloat16)] public sealed partial class Two : Others.Pairs; }
            """,
        ["NamespacesNamedAsOurs"] = """
            namespace Mine.TorchSharp { public class Tensor { } } namespace Mine.Precision.CompilerServices { public class ForwardRegion { } } namespace Mine.System { public class ArgumentNullException { } } namespace Mine.@global { public class System { } }
            namespace Mine { [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Tensor>("n") { Tensor ForwardCore(Tensor x) => x.softmax(1); } }
            """,
        ["ArityInTheName"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net<T>() : Module<Tensor, Tensor>("n") { Tensor ForwardCore(Tensor x) => x.softmax(1); }
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net_1() : Module<Tensor, Tensor>("n") { Tensor ForwardCore(Tensor x) => x.softmax(1); }
            """,
        ["DynamicInside"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<dynamic, (Tensor, dynamic)?, dynamic>("n") { dynamic ForwardCore(dynamic x, (Tensor, dynamic)? y) => x; public static Tensor Use(Net net, Tensor x) => net.forward(x, null).softmax(1); }
            """,
        ["ObsoleteErrorCore"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Tensor>("n") { [Obsolete("no", error: true)] Tensor ForwardCore(Tensor x) => x.alias(); public static Tensor Use(Net net, Tensor x) => net.forward(x) + net.call(x); }
            """,
        ["ObsoleteErrorForward"] = """
            #pragma warning disable CS0809
            public class Base() : Module<Tensor, Tensor>("b") { [Obsolete("no", error: true)] public override Tensor forward(Tensor x) => x.alias(); }
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net : Base;
            """,
        ["ObsoleteErrorSignature"] = """
            #pragma warning disable CS0612
            [Obsolete("no", error: true)] public struct Old { public class Part { } }
            [Obsolete] public abstract class Base() : Module<Tensor, List<(int, Old.Part[])>, (Tensor, Old)>("b") { protected (Tensor, Old) ForwardCore(Tensor x, List<(int, Old.Part[])> parts) => default; }
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net : Base;
            """,
        ["ObsoleteErrorCalls"] = """
            [Obsolete("no", error: true)] public class Old { }
            [Obsolete("no", error: true)] public class Part() : Module<Tensor, Old, Tensor>("p") { public override Tensor forward(Tensor x, Old old) => x.alias(); }
            [Obsolete] [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Tensor>("n") { [FullPrecision] private readonly Part part = new(); Tensor ForwardCore(Tensor x) => part.forward(part.call(x, new Old()), new Old()); }
            """,
        ["MarkedIndexer"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Tensor>("n") { private readonly Linear linear = Linear(1, 1); [FullPrecision] private Linear this[int i] => linear; Tensor ForwardCore(Tensor x) => this[0].call(x); }
            """,
    };
}
