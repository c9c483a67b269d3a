using Precision.Generator.Tests.Infrastructure;

namespace Precision.Generator.Tests.Forward;

/// <summary>Classes that are legal and that few write: each has broken some generator.</summary>
internal static class StrangeClasses
{
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["ExperimentalArgument"] = """
            #pragma warning disable EXP001
            using System.Diagnostics.CodeAnalysis;
            [Experimental("EXP001")] public sealed class Knob { }
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class WithKnob() : Module<Tensor, Knob, Tensor>("k") { Tensor ForwardCore(Tensor x, Knob knob) => x.alias(); }
            """,
        ["ExperimentalResult"] = """
            #pragma warning disable EXP001
            [System.Diagnostics.CodeAnalysis.Experimental("EXP001")] public struct Knob { }
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class WithKnob() : Module<Tensor, Knob>("k") { Knob ForwardCore(Tensor x) => default; }
            """,
        ["ExperimentalTypeArgument"] = """
            #pragma warning disable EXP001
            [System.Diagnostics.CodeAnalysis.Experimental("EXP001")] public class Knob { }
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class WithKnob() : Module<List<Knob[]>, (Tensor, Knob)?, Tensor>("k") { Tensor ForwardCore(List<Knob[]> a, (Tensor, Knob)? b) => zeros(1); }
            """,
        ["ExperimentalClass"] = """
            #pragma warning disable EXP001
            [System.Diagnostics.CodeAnalysis.Experimental("EXP001")] [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Tensor>("n") { Tensor ForwardCore(Tensor x) => x.softmax(1); }
            """,
        ["ExperimentalInterceptedModule"] = """
            #pragma warning disable EXP001
            [System.Diagnostics.CodeAnalysis.Experimental("EXP001")] public class Part() : Module<Tensor, Tensor>("p") { public override Tensor forward(Tensor x) => x.alias(); }
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Tensor>("n") { [FullPrecision] private readonly Part part = new(); Tensor ForwardCore(Tensor x) => part.call(x); }
            """,
        ["LowerCaseName"] = """
            #pragma warning disable CS8981
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class net() : Module<Tensor, Tensor>("n") { Tensor ForwardCore(Tensor x) => x.softmax(1); }
            """,
        ["LowerCaseOuter"] = """
            #pragma warning disable CS8981
            public static partial class outer { [MixedPrecision(Dtype.BFloat16)] public sealed partial class net() : Module<Tensor, Tensor>("n") { Tensor ForwardCore(Tensor x) => x.softmax(1); } }
            """,
        ["LowerCaseTypeParameter"] = """
            #pragma warning disable CS8981
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class net<t>() : Module<Tensor, Tensor>("n") { Tensor ForwardCore(Tensor x) => x.softmax(1); }
            """,
        ["ObsoleteErrorClass"] = """
            [Obsolete("no", true)] public class Old { }
            [Obsolete("no", true)] [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Old, Tensor>("n") { Tensor ForwardCore(Tensor x, Old o) => x.alias(); }
            """,
        ["ObsoleteBase"] = """
            [Obsolete] public abstract class B() : Module<Tensor, Tensor>("b") { protected abstract Tensor ForwardCore(Tensor x); }
            #pragma warning disable CS0612, CS0672
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net : B { protected override Tensor ForwardCore(Tensor x) => x.alias(); }
            """,
        ["ObsoleteWithId"] = """
            #pragma warning disable OLD1
            [Obsolete("x", DiagnosticId = "OLD1")] public class Old { }
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Old, Tensor>("n") { Tensor ForwardCore(Tensor x, Old o) => x.alias(); }
            """,
        ["ObsoleteForwardCore"] = """
            #pragma warning disable CS0612
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Tensor>("n") { [Obsolete] Tensor ForwardCore(Tensor x) => x.softmax(1); }
            """,
        ["UnreferencedCode"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Tensor>("n") { [System.Diagnostics.CodeAnalysis.RequiresUnreferencedCode("x")] Tensor ForwardCore(Tensor x) => x.softmax(1); }
            """,
        ["ClsCompliant"] = """
            #pragma warning disable CS3001, CS3002, CS3003, CS3009, CS3014, CS3024, CS3027
            [assembly: CLSCompliant(true)]
            [MixedPrecision(Dtype.BFloat16)] public partial class Net() : Module<Tensor, uint, Tensor>("n") { Tensor ForwardCore(Tensor x, uint u) => x.alias(); }
            """,
        ["GenericConstraints"] = """
            [MixedPrecision(Dtype.BFloat16)] public partial class Net<T, U>() : Module<Tensor, Tensor>("n") where T : class, IDisposable, new() where U : unmanaged, Enum {  Tensor ForwardCore(Tensor x) => x.softmax(1); }
            """,
        ["AllowsRefStruct"] = """
            [MixedPrecision(Dtype.BFloat16)] public partial class Net<T>() : Module<Tensor, Tensor>("n") where T : allows ref struct {  Tensor ForwardCore(Tensor x) => x.softmax(1); }
            """,
        ["NestedGenerics"] = """
            public partial class O<T> where T : notnull { public partial struct S<U> where U : struct { public partial interface I<V> { public partial record R<W>(W X) { public partial record struct Q(int Y) { [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net<Z>() : Module<Tensor, Tensor>("n") where Z : T { Tensor ForwardCore(Tensor x) => x.softmax(1); } } } } } }
            """,
        ["ShadowedTypeParameter"] = """
            #pragma warning disable CS0693
            public partial class O<T> { [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net<T>() : Module<T, Tensor>("n") { Tensor ForwardCore(T x) => zeros(1); } }
            """,
        ["GenericBase"] = """
            public abstract class B<TIn, TOut>() : Module<TIn, TOut>("b") { protected abstract TOut ForwardCore(TIn x); }
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net : B<(Tensor a, int n), (Tensor, Tensor y)> { protected override (Tensor, Tensor y) ForwardCore((Tensor a, int n) x) => (x.a, x.a); }
            """,
        ["GenericBaseInherited"] = """
            public abstract class B<T>() : Module<T, T>("b") { public override T forward(T x) => x; }
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net : B<Tensor?>;
            """,
        ["CuriousBase"] = """
            public abstract class B<TSelf>() : Module<Tensor, Tensor>("b") where TSelf : B<TSelf> { public override Tensor forward(Tensor x) => x.alias(); }
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net : B<Net>;
            """,
        ["SeveralParts"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net { } public sealed partial class Net() : Module<Tensor, Tensor>("n") { } partial class Net { Tensor ForwardCore(Tensor x) => x.softmax(1); }
            """,
        ["ExplicitInterface"] = """
            public interface I { Tensor ForwardCore(Tensor x); string PrecisionPolicy { get; } int CreateMasterWeights(); Tensor forward(Tensor x); }
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Tensor>("n"), I { string I.PrecisionPolicy => ""; int I.CreateMasterWeights() => 1; Tensor I.forward(Tensor x) => x.alias(); Tensor I.ForwardCore(Tensor x) => x.alias(); Tensor ForwardCore(Tensor x) => x.softmax(1); }
            """,
        ["HiddenMembers"] = """
            public class B() : Module<Tensor, Tensor>("b") { public string PrecisionPolicy => "mine"; public int CreateMasterWeights() => 1; public override Tensor forward(Tensor x) => x.alias(); }
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net : B;
            """,
        ["HiddenVirtualMembers"] = """
            public class B() : Module<Tensor, Tensor>("b") { public virtual string PrecisionPolicy => "mine"; public virtual int CreateMasterWeights() => 1; public override Tensor forward(Tensor x) => x.alias(); }
            [MixedPrecision(Dtype.BFloat16)] public partial class Net : B;
            """,
        ["HiddenForwardCore"] = """
            [MixedPrecision(Dtype.BFloat16)] public partial class B() : Module<Tensor, Tensor>("n") { protected Tensor ForwardCore(Tensor x) => x.alias(); }
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net : B { new Tensor ForwardCore(Tensor x) => x.softmax(1); }
            """,
        ["KeywordNames"] = """
            namespace @int.@new;
            public static partial class @static { [MixedPrecision(Dtype.BFloat16)] public sealed partial class @class<@void>() : Module<Tensor, int, Tensor>("n") { Tensor ForwardCore(Tensor @base, int @this) => @base.alias(); } }
            """,
        ["ContextualNames"] = """
            namespace value.@global.dynamic2;
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class @record() : Module<Tensor, int, int, Tensor>("n") { Tensor ForwardCore(Tensor @value, int field, int @await) => @value.alias(); }
            """,
        ["FieldParameter"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, int, Tensor>("n") { Tensor ForwardCore(Tensor @field, int @scoped) => @field.alias(); }
            """,
        ["Unicode"] = """
            namespace Größe.ΜοντέλοΑ;
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Модель<Τύπος>() : Module<Tensor, int, Tensor>("n") { Tensor ForwardCore(Tensor вход, int \u0061bc = 3) => вход.alias(); }
            """,
        ["CaseOnly"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Tensor>("n") { Tensor ForwardCore(Tensor x) => x.softmax(1); }
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class NET() : Module<Tensor, Tensor>("n") { Tensor ForwardCore(Tensor x) => x.softmax(1); }
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class nEt() : Module<Tensor, Tensor>("n") { Tensor ForwardCore(Tensor x) => x.softmax(1); }
            """,
        ["ArityOnly"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Tensor>("n") { Tensor ForwardCore(Tensor x) => x.softmax(1); }
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net<T>() : Module<Tensor, Tensor>("n") { Tensor ForwardCore(Tensor x) => x.softmax(1); }
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net<T, U>() : Module<Tensor, Tensor>("n") { Tensor ForwardCore(Tensor x) => x.softmax(1); }
            """,
        ["NamespaceNamedTorch"] = """
            namespace Mine.TorchSharp.torch { public class Tensor { } public class Module { } }
            namespace Mine { [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<global::TorchSharp.torch.Tensor, global::TorchSharp.torch.Tensor>("n") { global::TorchSharp.torch.Tensor ForwardCore(global::TorchSharp.torch.Tensor x) => x.softmax(1); } }
            """,
        ["TypesNamedAsOurs"] = """
            namespace Mine { public class Tensor2 { } public class System { } public class Precision { } public class PrecisionPolicy { } public class MasterWeights { } public class IMixedPrecisionModule { } public class GeneratedCode { } public class ExcludeFromCodeCoverage { } 
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Tensor>("n") { Tensor ForwardCore(Tensor x) => x.softmax(1); } }
            """,
        ["MembersNamedAsOurs"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Tensor>("n") { public int System, Precision, global, Validated, nameof, Region, MasterWeights; public class ForwardRegion { } Tensor ForwardCore(Tensor x) => x.softmax(1); }
            """,
        ["LocalsNamedAsOurs"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, int, int, int, (Tensor, Tensor)>("n") { (Tensor, Tensor) ForwardCore(Tensor region, int region_, int result, int value) => (region, region); }
            """,
        ["UserMethodNameof"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Tensor>("n") { string nameof(object o) => "x"; Tensor ForwardCore(Tensor x) => x.softmax(1); }
            """,
        ["Dynamic"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, dynamic, List<dynamic>, Tensor>("n") { Tensor ForwardCore(Tensor x, dynamic d, List<dynamic> l) => x.alias(); }
            """,
        ["NativeInts"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<nint, nuint, nint[], Tensor>("n") { Tensor ForwardCore(nint a, nuint b, nint[] c) => zeros(1); }
            """,
        ["NativeDefaults"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, nint, nuint, Tensor>("n") { Tensor ForwardCore(Tensor x, nint a = -3, nuint b = 4) => x.alias(); }
            """,
        ["PointerArrays"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed unsafe partial class Net() : Module<Tensor, int*[], Tensor>("n") { Tensor ForwardCore(Tensor x, int*[] p) => x.alias(); }
            """,
        ["FunctionPointerArrays"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed unsafe partial class Net() : Module<Tensor, delegate*<int, void>[], Tensor>("n") { Tensor ForwardCore(Tensor x, delegate*<int, void>[] p) => x.alias(); }
            """,
        ["NamedTuples"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<(Tensor left, (Tensor a, int b) right), (Tensor x, Tensor y)>("n") { (Tensor x, Tensor y) ForwardCore((Tensor left, (Tensor a, int b) right) p) => (p.left, p.right.a); }
            """,
        ["NineTuple"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<(Tensor, int, int, int, int, int, int, Tensor, Tensor), Tensor>("n") { Tensor ForwardCore((Tensor, int, int, int, int, int, int, Tensor, Tensor) t) => t.Item9; }
            """,
        ["OtherTupleNames"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<(Tensor a, int b), Tensor>("n") { Tensor ForwardCore((Tensor, int) t) => t.Item1.alias(); }
            """,
        ["ParamsArray"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Tensor[], Tensor>("n") { Tensor ForwardCore(Tensor x, params Tensor[] more) => x.alias(); }
            """,
        ["ParamsCollection"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, IEnumerable<int>, Tensor>("n") { Tensor ForwardCore(Tensor x, params IEnumerable<int> more) => x.alias(); }
            """,
        ["Overloads"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Tensor>("n") { Tensor ForwardCore(Tensor x) => x.softmax(1); Tensor ForwardCore(Tensor x, int y) => x.alias(); Tensor ForwardCore(object x) => zeros(1); Tensor ForwardCore<T>(T x) => zeros(1); Tensor ForwardCore(in Tensor x) => x.alias(); }
            """,
        ["Defaults"] = """
            public enum Kind : byte { A = 1, B = 200 }
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Kind, Kind?, decimal, char, float, Tensor>("n") { Tensor ForwardCore(Tensor x, Kind k = Kind.B, Kind? n = Kind.A, decimal d = -1.50m, char c = '\u2028', float f = float.NaN) => x.alias(); }
            """,
        ["MoreDefaults"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, double, long, ulong, sbyte, string, Tensor>("n") { Tensor ForwardCore(Tensor x, double d = double.NegativeInfinity, long l = long.MinValue, ulong u = ulong.MaxValue, sbyte s = -128, string t = "\"\\\0\n{x}") => x.alias(); }
            """,
        ["EdgeDefaults"] = """
            public enum Neg : long { Min = long.MinValue }
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, int, Neg, float, double, Guid, Tensor>("n") { Tensor ForwardCore(Tensor x, int i = int.MinValue, Neg n = Neg.Min, float f = -0f, double d = double.Epsilon, Guid g = default) => x.alias(); }
            """,
        ["AttributeDefaults"] = """
            using System.Runtime.CompilerServices; using System.Runtime.InteropServices;
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, int, string, Tensor>("n") { Tensor ForwardCore(Tensor x, [Optional, DefaultParameterValue(5)] int i, [CallerMemberName] string s = "") => x.alias(); }
            """,
        ["DecimalAttribute"] = """
            using System.Runtime.CompilerServices; using System.Runtime.InteropServices;
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, decimal, DateTime, Tensor>("n") { Tensor ForwardCore(Tensor x, [Optional, DecimalConstant(1, 0, 0, 0, 5)] decimal d, [Optional, DateTimeConstant(1000)] DateTime t) => x.alias(); }
            """,
        ["OptionalWithoutDefault"] = """
            using System.Runtime.InteropServices;
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, int, Tensor>("n") { Tensor ForwardCore(Tensor x, [Optional] int i) => x.alias(); }
            """,
        ["DefaultBeforeRequired"] = """
            using System.Runtime.InteropServices;
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, int, Tensor, Tensor>("n") { Tensor ForwardCore(Tensor x, [Optional, DefaultParameterValue(5)] int i, Tensor y) => x.alias(); }
            """,
        ["GenericDefault"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net<T>() : Module<Tensor, T?, Tensor>("n") { Tensor ForwardCore(Tensor x, T? t = default) => x.alias(); }
            """,
        ["ParameterAttributes"] = """
            using System.Diagnostics.CodeAnalysis;
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor?, string, Tensor?>("n") { [return: NotNullIfNotNull(nameof(x))] Tensor? ForwardCore([AllowNull] Tensor? x, [DisallowNull] string s) => x; }
            """,
        ["RequiredMembers"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Tensor>("n") { public required int N { get; init; } public required string S; Tensor ForwardCore(Tensor x) => x.softmax(1); }
            """,
        ["PrimaryConstructor"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net(int size, string __name) : Module<Tensor, Tensor>(__name) { Tensor ForwardCore(Tensor x) => x[size].softmax(0); }
            """,
        ["PrimaryConstructorClash"] = """
            #pragma warning disable CS9113
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net(int forward, int region) : Module<Tensor, Tensor>("n") { Tensor ForwardCore(Tensor x) => x.softmax(1); }
            """,
        ["CheckedContext"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, int, Tensor>("n") { Tensor ForwardCore(Tensor x, int i = unchecked((int)0xFFFFFFFF)) { checked { return x[i + 1]; } } }
            """,
        ["NullableOblivious"] = """
            #nullable disable
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, string, Tensor>("n") { Tensor ForwardCore(Tensor x, string s = null) => x; }
            """,
        ["NullableMixed"] = """
            #nullable enable
            public abstract class B() : Module<Tensor?, List<string?>?, Tensor?>("b");
            #nullable disable
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net : B { Tensor ForwardCore(Tensor x, List<string> s) => x; }
            """,
        ["NullableAnnotationsOnly"] = """
            #nullable enable annotations
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor?, Dictionary<string, Tensor?[]>?, Tensor?>("n") { Tensor? ForwardCore(Tensor? x, Dictionary<string, Tensor?[]>? d) => x; }
            """,
        ["Symbols"] = """
            #if NEVER
            #error no
            #else
            [MixedPrecision(Dtype.BFloat16)]
            #endif
            public sealed partial class Net() : Module<Tensor, Tensor>("n")
            {
            #region a
            Tensor ForwardCore(Tensor x) => x.softmax(1);
            #endregion
            }
            """,
        ["LineDirectives"] = """
            #line 200 "Other file.razor"
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Tensor>("n") { Tensor ForwardCore(Tensor x) => x.softmax(1); }
            #line hidden
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net2() : Module<Tensor, Tensor>("n") { Tensor ForwardCore(Tensor x) => x.softmax(1); }
            """,
        ["DocumentationCref"] = """
            /// <summary><see cref="ForwardCore(Tensor)"/> and <see cref="Module{T1, T2}"/></summary>
            /// <typeparam name="T">x</typeparam>
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net<T>() : Module<Tensor, Tensor>("n") { /** <summary>y</summary> */ Tensor ForwardCore(Tensor x) => x.softmax(1); }
            """,
        ["AttributeAlias"] = """
            using MP = Precision.MixedPrecisionAttribute;
            [MP(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Tensor>("n") { Tensor ForwardCore(Tensor x) => x.softmax(1); }
            """,
        ["GlobalAlias"] = """
            global using Amp = Precision.MixedPrecisionAttribute;
            [Amp(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Tensor>("n") { Tensor ForwardCore(Tensor x) => x.softmax(1); }
            """,
        ["TypeAlias"] = """
            using T = TorchSharp.torch.Tensor; using Pair = (TorchSharp.torch.Tensor, int);
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<T, Pair, T>("n") { T ForwardCore(T x, Pair p) => x; }
            """,
        ["AttributeOnBothParts"] = """
            [Serializable] public sealed partial class Net { }
            [MixedPrecision(Dtype.BFloat16)] [System.Diagnostics.CodeAnalysis.ExcludeFromCodeCoverage] [System.CodeDom.Compiler.GeneratedCode("x", "1")] public sealed partial class Net() : Module<Tensor, Tensor>("n") { Tensor ForwardCore(Tensor x) => x.softmax(1); }
            """,
        ["RefReturnsBeside"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Tensor>("n") { Tensor held = null!; ref Tensor ForwardCore(int x) => ref held; Tensor ForwardCore(Tensor x) => x.softmax(1); }
            """,
        ["Protected"] = """
            public partial class Outer { protected class Hidden { } private protected class Deep { } 
            [MixedPrecision(Dtype.BFloat16)] private sealed partial class Net() : Module<Hidden, Deep[], Tensor>("n") { Tensor ForwardCore(Hidden h, Deep[] d) => zeros(1); } }
            """,
        ["PrivateNested"] = """
            public partial class Outer { private class Hidden { } 
            [MixedPrecision(Dtype.BFloat16)] private sealed partial class Net() : Module<Hidden, Tensor>("n") { Tensor ForwardCore(Hidden h) => zeros(1); } }
            """,
        ["AbstractCore"] = """
            [MixedPrecision(Dtype.BFloat16)] public abstract partial class Net() : Module<Tensor, Tensor>("n") { protected abstract Tensor ForwardCore(Tensor x); }
            """,
        ["AsyncCore"] = """
            using System.Threading.Tasks;
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Task<Tensor>>("n") { async Task<Tensor> ForwardCore(Tensor x) { await Task.Yield(); return x; } }
            """,
        ["IteratorCore"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, IEnumerable<Tensor>>("n") { IEnumerable<Tensor> ForwardCore(Tensor x) { yield return x; } }
            """,
        ["PartialMethod"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Tensor>("n") { private partial Tensor ForwardCore(Tensor x); private partial Tensor ForwardCore(Tensor x) => x.alias(); }
            """,
        ["NewModifier"] = """
            public class B() : Module<Tensor, Tensor>("b") { public Tensor ForwardCore(Tensor x) => x.alias(); public override Tensor forward(Tensor x) => x.alias(); }
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net : B { private new Tensor ForwardCore(Tensor x) => x.softmax(1); }
            """,
        ["StaticClassAround"] = """
            public static partial class Models { public static partial class Small { [MixedPrecision(Dtype.BFloat16)] internal sealed partial class Net() : Module<Tensor, Tensor>("n") { Tensor ForwardCore(Tensor x) => x.softmax(1); } } }
            """,
        ["FinalizerAndOperators"] = """
            #pragma warning disable CS0660, CS0661
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Tensor>("n") { ~Net() { } public static bool operator ==(Net a, Net b) => true; public static bool operator !=(Net a, Net b) => false; public int this[int i] => i; Tensor ForwardCore(Tensor x) => x.softmax(1); }
            """,
        ["InternalFullPrecision"] = """
            [FullPrecision] internal sealed partial class Net() : Module<(Tensor?, Tensor[])?, Tensor[]>("n") { Tensor[] ForwardCore((Tensor?, Tensor[])? x) => []; }
            """,
        ["ManyArguments"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, Tensor, Tensor, Tensor, Tensor, Tensor>("n") { Tensor ForwardCore(Tensor x, Tensor y, Tensor z, Tensor X, Tensor Y) => x; }
            """,
        ["DiscardNames"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor, int, Tensor>("n") { Tensor ForwardCore(Tensor _, int __) => _.alias(); }
            """,
        ["Rank"] = """
            [MixedPrecision(Dtype.BFloat16)] public sealed partial class Net() : Module<Tensor[][], Tensor[,], Tensor?[]?[], Tensor>("n") { Tensor ForwardCore(Tensor[][] a, Tensor[,] b, Tensor?[]?[] c) => a[0][0]; }
            """,
    };

    public static TheoryData<string> Names => [.. All.Keys, .. StrangeScopes.All.Keys];

    /// <summary>A shape's whole source. Directives for namespaces stand before those of the tests, global ones first.</summary>
    public static string Source(string name)
    {
        var lines = (All.TryGetValue(name, out var source) ? source : StrangeScopes.All[name]).Split('\n');
        var usings = string.Join('\n', lines.Where(IsUsing).OrderByDescending(static line => line.StartsWith("global", StringComparison.Ordinal)));
        return "#nullable enable\n" + usings + "\n" + TestCompilation.Usings + string.Join('\n', lines.Where(static line => !IsUsing(line)));
    }

    private static bool IsUsing(string line)
        => line.StartsWith("using ", StringComparison.Ordinal) || line.StartsWith("global using ", StringComparison.Ordinal);
}
