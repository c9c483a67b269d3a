namespace Precision.Runtime.Tests.Annotations;

public class PolicyTests
{
    public static TheoryData<Dtype, Dtype, Dtype, bool, string?> Table { get; } = new()
    {
        { Dtype.BFloat16, Dtype.Float32, Dtype.Unspecified, true, null },
        { Dtype.BFloat16, Dtype.BFloat16, Dtype.BFloat16, true, null },
        { Dtype.BFloat16, Dtype.BFloat16, Dtype.Float16, false, null },
        { Dtype.Float16, Dtype.Float32, Dtype.Float32, true, null },
        { Dtype.Float32, Dtype.Float32, Dtype.Unspecified, true, null },
        { Dtype.Float32, Dtype.Float32, Dtype.Unspecified, false, null },
        { Dtype.Auto, Dtype.Auto, Dtype.Auto, true, null },
        { Dtype.Auto, Dtype.Float32, Dtype.Unspecified, true, null },
        { Dtype.Unspecified, Dtype.Float32, Dtype.Unspecified, true, "compute" },
        { (Dtype)17, Dtype.Float32, Dtype.Unspecified, true, "compute" },
        { Dtype.BFloat16, Dtype.Float16, Dtype.Unspecified, true, "stored" },
        { Dtype.BFloat16, Dtype.Auto, Dtype.Unspecified, true, "stored" },
        { Dtype.BFloat16, Dtype.Unspecified, Dtype.Unspecified, true, "stored" },
        { Dtype.Float32, Dtype.BFloat16, Dtype.Unspecified, true, "stored" },
        { Dtype.BFloat16, Dtype.Float32, Dtype.Auto, true, "output" },
        { Dtype.BFloat16, Dtype.Float32, (Dtype)17, true, "output" },
        { Dtype.BFloat16, Dtype.Float32, Dtype.Unspecified, false, "autocast" },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void Policies_fit_together_or_say_what_does_not(Dtype compute, Dtype parameters, Dtype output, bool autocast, string? fault)
    {
        var policy = new PrecisionPolicy(compute, parameters, output, autocast);
        if (fault is null)
        {
            Assert.Same(policy, policy.Validated());
        }
        else
        {
            Assert.Contains(fault, Assert.Throws<ArgumentException>(policy.Validated).Message);
        }
    }
}
