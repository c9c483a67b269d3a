// Cross entropy of 16-bit logits. A block takes one row of `vectors` * 8 numbers. With IN_PLACE = 1 the gradient of the loss's sum is
// written over the logits, and with STAGED = 1 the row lies in shared memory in between, so that it is read from the device's
// memory once; else the logits are left, and their logarithms of sums of exponentials go to `log_totals`.

// The gradient is written times this factor: a probability among 50,000 classes is below Float16's normal numbers.
#if HALF
#define GRADIENT_FACTOR 256.0f
#else
#define GRADIENT_FACTOR 1.0f
#endif

extern "C" __global__ void __launch_bounds__(THREADS) cross_entropy(
    Vector* logits, const Index* __restrict__ targets, float* losses, float* log_totals, int vectors, Index ignored)
{
    extern __shared__ Vector staged[];
    __shared__ float scratch[64];
    Vector* row = logits + (Index)blockIdx.x * vectors;
    const Index target = targets[blockIdx.x];
    if (target == ignored)
    {
#if IN_PLACE
        for (int i = threadIdx.x; i < vectors; i += THREADS) row[i] = {{0, 0, 0, 0}};
#endif
        if (threadIdx.x == 0) losses[blockIdx.x] = 0.0f;
        return;
    }

#if STAGED
    const Vector* values = staged;
#else
    const Vector* values = row;
#endif

    // The largest so far, and the sum of exponentials relative to it. It begins with the lowest finite number: -inf - -inf is NaN,
    // and a logit of -inf is a class that is ruled out.
    float largest = -3.402823466e38f, sum = 0.0f;
#pragma unroll 4
    for (int i = threadIdx.x; i < vectors; i += THREADS)
    {
        Vector vector = row[i];
#if STAGED
        staged[i] = vector;
#endif
        float x[8];
        unpack(vector, x);
        float top = x[0];
#pragma unroll
        for (int j = 1; j < 8; j++) top = fmaxf(top, x[j]);
        if (top > largest)
        {
            sum *= __expf(largest - top);
            largest = top;
        }

#pragma unroll
        for (int j = 0; j < 8; j++) sum += __expf(x[j] - largest);
    }

    float top = largest;
#pragma unroll
    for (int offset = 16; offset > 0; offset >>= 1) top = fmaxf(top, __shfl_xor_sync(0xffffffff, top, offset));
    if ((threadIdx.x & 31) == 0) scratch[threadIdx.x >> 5] = top;
    __syncthreads();
    top = scratch[threadIdx.x & 31 & (THREADS / 32 - 1)];
#pragma unroll
    for (int offset = 16; offset > 0; offset >>= 1) top = fmaxf(top, __shfl_xor_sync(0xffffffff, top, offset));

    const float total = block_sums(sum * __expf(largest - top), 0.0f, scratch).first;
    const int wanted = target >= 0 && target < 8 * (Index)vectors ? (int)target : -1;

    // A target that names no class reads nothing and makes loss and gradients NaN, which is noticed.
    const float log_total = wanted < 0 ? __int_as_float(0x7fffffff) : top + logf(total);
    if (threadIdx.x == 0)
    {
        losses[blockIdx.x] = wanted < 0 ? log_total : log_total - to_float(((const Value*)values)[wanted]);
#if !IN_PLACE
        log_totals[blockIdx.x] = log_total;
#endif
    }

#if IN_PLACE
    __syncthreads();    // the target's logit is read before it is written over

    for (int i = threadIdx.x; i < vectors; i += THREADS)
    {
        float x[8];
        unpack(values[i], x);
#pragma unroll
        for (int j = 0; j < 8; j++) x[j] = GRADIENT_FACTOR * (__expf(x[j] - log_total) - (8 * i + j == wanted ? 1.0f : 0.0f));
        row[i] = pack(x);
    }
#endif
}

// The gradient of the logits: (softmax - one hot of the target) * factor, where `factor` is one number.
extern "C" __global__ void __launch_bounds__(THREADS) cross_entropy_backward(
    const Vector* __restrict__ logits, const Index* __restrict__ targets, const float* __restrict__ log_totals,
    const float* __restrict__ factor, Vector* __restrict__ gradient, int vectors, Index ignored)
{
    const Index start = (Index)blockIdx.x * vectors;
    const Index target = targets[blockIdx.x];
    const bool is_ignored = target == ignored;
    const float log_total = is_ignored ? 0.0f : log_totals[blockIdx.x], scale = *factor;
#pragma unroll 4
    for (int i = threadIdx.x; i < vectors; i += THREADS)
    {
        Vector vector = {{0, 0, 0, 0}};
        if (!is_ignored)
        {
            float x[8];
            unpack(logits[start + i], x);
#pragma unroll
            for (int j = 0; j < 8; j++) x[j] = scale * (__expf(x[j] - log_total) - (8 * i + j == target ? 1.0f : 0.0f));
            vector = pack(x);
        }

        gradient[start + i] = vector;
    }
}
