using Precision.Interop;
using TorchSharp;
using static TorchSharp.torch;

#pragma warning disable PRC3002 // a backward in the region finds the gradients too

namespace Precision.Runtime.Tests.Autocasting;

/// <summary>Regions over libtorch's autocast state.</summary>
public class AutocastTests
{
    [Theory]
    [InlineData(Dtype.BFloat16, ScalarType.BFloat16)]
    [InlineData(Dtype.Float16, ScalarType.Float16)]
    public void Inside_a_region_matrix_products_have_its_dtype_and_after_it_float32(Dtype dtype, ScalarType expected)
    {
        using var scope = NewDisposeScope();
        var x = rand(4, 4);
        using (Autocast.Enter(CPU, dtype))
        {
            Assert.True(Autocast.IsEnabled(CPU));
            Assert.Equal(expected, Autocast.GetDtype(CPU));
            Assert.Equal(expected, x.matmul(x).dtype);
        }

        Assert.False(Autocast.IsEnabled(CPU));
        Assert.Equal(ScalarType.Float32, x.matmul(x).dtype);
    }

    [Fact]
    public void Regions_nest_and_each_restores_what_was_before()
    {
        using var scope = NewDisposeScope();
        var x = rand(4, 4);
        using (Autocast.Enter(CPU, Dtype.BFloat16))
        {
            using (Autocast.Enter(CPU, Dtype.Float16))
            {
                using (Autocast.Disable(CPU))
                {
                    Assert.Equal(ScalarType.Float32, x.matmul(x).dtype);
                }

                Assert.Equal(ScalarType.Float16, x.matmul(x).dtype);
            }

            Assert.Equal(ScalarType.BFloat16, x.matmul(x).dtype);
        }

        Assert.Equal(ScalarType.Float32, x.matmul(x).dtype);
    }

    [Fact]
    public void The_state_of_one_kind_of_device_does_not_touch_anothers()
    {
        // Below the public surface, where no CUDA device need exist.
        Assert.True(AutocastState.CanUse(DeviceType.CUDA));
        using (AutocastRegion.Enable(DeviceType.CUDA, ScalarType.Float16))
        {
            Assert.True(AutocastState.IsEnabled(DeviceType.CUDA));
            Assert.False(AutocastState.IsEnabled(DeviceType.CPU));
        }

        Assert.False(AutocastState.IsEnabled(DeviceType.CUDA));
    }

    [Fact]
    public void An_exception_leaves_the_region()
    {
        Assert.Throws<InvalidOperationException>(Throwing);
        Assert.False(Autocast.IsEnabled(CPU));

        static void Throwing()
        {
            using var region = Autocast.Enter(CPU, Dtype.BFloat16);
            throw new InvalidOperationException();
        }
    }

    [Fact]
    public void Disposing_twice_changes_nothing()
    {
        using (Autocast.Enter(CPU, Dtype.BFloat16))
        {
            var inner = Autocast.Enter(CPU, Dtype.Float16);
            inner.Dispose();
            inner.Dispose();
            Assert.Equal(ScalarType.BFloat16, Autocast.GetDtype(CPU));
            Assert.True(Autocast.IsEnabled(CPU));
        }

        Assert.False(Autocast.IsEnabled(CPU));
    }

    [Fact]
    public void Leaving_an_outer_region_leaves_a_forgotten_inner_one()
    {
        var outer = Autocast.Enter(CPU, Dtype.BFloat16);
        var forgotten = Autocast.Enter(CPU, Dtype.Float16);
        outer.Dispose();
        Assert.False(Autocast.IsEnabled(CPU));
        forgotten.Dispose();
        Assert.False(Autocast.IsEnabled(CPU));
        Assert.False(AutocastState.IsEnabled(DeviceType.CPU));
    }

    [Fact]
    public void A_default_region_was_never_entered_and_leaves_nothing()
    {
        using (Autocast.Enter(CPU, Dtype.BFloat16))
        {
            default(AutocastRegion).Dispose();
            Assert.True(Autocast.IsEnabled(CPU));
        }
    }

    [Fact]
    public void The_weight_cache_is_off_inside_and_restored_after()
    {
        Assert.True(AutocastState.CanUse(DeviceType.CPU));
        foreach (var before in new[] { true, false })
        {
            AutocastState.CacheEnabled = before;
            try
            {
                using (Autocast.Enter(CPU, Dtype.BFloat16))
                {
                    Assert.False(AutocastState.CacheEnabled);
                }

                Assert.Equal(before, AutocastState.CacheEnabled);
            }
            finally
            {
                AutocastState.CacheEnabled = true;
            }
        }
    }

    [Fact]
    public void Threads_do_not_see_each_others_regions()
    {
        const int threads = 8;
        using var all = new Barrier(threads);
        var seen = new ScalarType[threads];
        var failures = new Exception?[threads];
        var workers = Enumerable.Range(0, threads).Select(index => new Thread(() =>
        {
            try
            {
                using var scope = NewDisposeScope();
                var x = rand(4, 4);
                for (var round = 0; round < 50; round++)
                {
                    using var region = (index % 4) switch
                    {
                        0 => Autocast.Enter(CPU, Dtype.BFloat16),
                        1 => Autocast.Enter(CPU, Dtype.Float16),
                        2 => Autocast.Disable(CPU),
                        _ => default,
                    };
                    all.SignalAndWait();
                    seen[index] = x.matmul(x).dtype;
                    Assert.Equal(Expected(index), seen[index]);
                    all.SignalAndWait();
                }
            }
            catch (Exception error)
            {
                failures[index] = error;
                all.RemoveParticipant();
            }
        })).ToArray();
        Array.ForEach(workers, worker => worker.Start());
        Array.ForEach(workers, worker => worker.Join());
        Assert.All(failures, Assert.Null);
        Assert.Equal(Enumerable.Range(0, threads).Select(Expected), seen);

        static ScalarType Expected(int index) => (index % 4) switch
        {
            0 => ScalarType.BFloat16,
            1 => ScalarType.Float16,
            _ => ScalarType.Float32,
        };
    }

    [Fact]
    public void A_forward_under_no_grad_does_not_cost_the_training_forward_its_gradients()
    {
        // What loses gradients where libtorch's weight-cast cache is on (pytorch/pytorch#65766).
        using var scope = NewDisposeScope();
        var convolution = nn.Conv1d(2, 3, 3);
        var linear = nn.Linear(6, 1);
        var x = rand(5, 2, 8);
        using (Autocast.Enter(CPU, Dtype.BFloat16))
        {
            using (no_grad())
            {
                _ = Model(x.narrow(2, 0, 4));
            }

            Model(x.narrow(2, 0, 4)).sum().backward();
        }

        Assert.All(convolution.parameters().Concat(linear.parameters()), parameter => Assert.NotNull(parameter.grad));

        Tensor Model(Tensor input) => linear.call(convolution.call(input).flatten(1));
    }

    [Fact]
    public void Float32_turns_autocast_off_and_auto_resolves_on_the_device()
    {
        using (Autocast.Enter(CPU, Dtype.BFloat16))
        {
            using (Autocast.Enter(CPU, Dtype.Float32))
            {
                Assert.False(Autocast.IsEnabled(CPU));
            }
        }

        using (Autocast.Enter(CPU, Dtype.Auto))
        {
            Assert.Equal(DtypeResolver.Resolve(CPU).Dtype is not Dtype.Float32, Autocast.IsEnabled(CPU));
        }
    }

    [Fact]
    public void What_cannot_be_entered_says_why()
    {
        Assert.Throws<ArgumentException>(static () => { using var region = Autocast.Enter(CPU, Dtype.Unspecified); });
        Assert.Throws<ArgumentNullException>(static () => { using var region = Autocast.Enter(null!, Dtype.BFloat16); });

        // libtorch would abort the process here.
        Assert.Contains("META", Assert.Throws<NotSupportedException>(static () => { using var region = Autocast.Enter(META, Dtype.BFloat16); }).Message);
        Assert.Throws<NotSupportedException>(static () => Autocast.IsEnabled(META));
        Assert.False(Autocast.IsEnabled(CPU));
    }
}
