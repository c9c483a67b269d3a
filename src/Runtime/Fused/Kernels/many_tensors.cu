// Kernels over many tensors in one launch. A block takes CHUNK numbers of one of them; the rows of a table in the device's memory
// say which tensors there are and at which block each begins.

#define CHUNK 16384

// The last row that begins at or before this block. The same for all threads, so that one access serves them all.
template <typename Row>
__device__ __forceinline__ const Row& row_of_block(const Row* rows, int count)
{
    int low = 0, high = count - 1;
    while (low < high)
    {
        int middle = (low + high + 1) >> 1;
        if (rows[middle].first_block <= blockIdx.x) low = middle;
        else high = middle - 1;
    }

    return rows[low];
}

struct CheckedRow
{
    const void* values;
    Index count, first_block;
    Index exponent;     // the mask of the exponent's bits: of a 16-bit or of a 32-bit number; all set in infinities and NaNs
};

extern "C" __global__ void __launch_bounds__(256) find_non_finite(const CheckedRow* __restrict__ rows, int count, float* found)
{
    const CheckedRow row = row_of_block(rows, count);
    const unsigned int mask = (unsigned int)row.exponent;
    const bool is_32_bit = mask > 0xffff;
    const Index begin = ((Index)blockIdx.x - row.first_block) * CHUNK;
    const Index end = begin + CHUNK < row.count ? begin + CHUNK : row.count;
    bool is_bad = false;
    if (((Index)row.values & 15) == 0)
    {
        // Whole vectors here; what is left over is less than one.
        const int each = is_32_bit ? 4 : 8;
        const Vector* vectors = (const Vector*)row.values;
#pragma unroll 4
        for (Index i = begin / each + threadIdx.x; i < end / each; i += 256)
        {
            const Vector vector = vectors[i];
#pragma unroll
            for (int j = 0; j < 4; j++)
            {
                const unsigned int pair = vector.pairs[j];
                is_bad |= is_32_bit
                    ? (pair & mask) == mask
                    : (pair & mask) == mask || (pair >> 16 & mask) == mask;
            }
        }
    }

    const Index rest = ((Index)row.values & 15) == 0 ? end & ~(Index)(is_32_bit ? 3 : 7) : begin;
    for (Index i = rest + threadIdx.x; i < end; i += 256)
    {
        const unsigned int bits = is_32_bit ? ((const unsigned int*)row.values)[i] : ((const Value*)row.values)[i];
        is_bad |= (bits & mask) == mask;
    }

    if (is_bad) *found = 1.0f;
}

struct AdamRow
{
    const Value* gradient;
    Value* model;
    float* master;
    float* mean;
    float* square;
    float* largest;     // null without AMSGrad
    const float* step;  // counted already
    Index count, first_block;
};

struct AdamNumbers
{
    float beta1, beta2, rest1, rest2, decay, step_size, root, eps, divisor;     // rest = 1 - beta, rounded once
    bool is_decoupled, maximizes;
};

// One element of Adam (Kingma and Ba, arXiv:1412.6980; AMSGrad: Reddi et al., arXiv:1904.09237), or of AdamW (arXiv:1711.05101).
__device__ __forceinline__ void adam_element(
    const AdamNumbers& by, float gradient, float& master, float& mean, float& square, float* largest)
{
    gradient /= by.divisor;
    if (by.maximizes) gradient = -gradient;
    if (by.is_decoupled) master -= by.decay * master;
    else gradient += by.decay * master;
    mean = by.beta1 * mean + by.rest1 * gradient;
    square = by.beta2 * square + by.rest2 * gradient * gradient;
    float most = square;
    if (largest) *largest = most = fmaxf(*largest, square);
    master -= by.step_size * mean / (sqrtf(most) / by.root + by.eps);
}

__device__ __forceinline__ void load_8(const float* source, float (&numbers)[8])
{
    const float4 low = ((const float4*)source)[0], high = ((const float4*)source)[1];
    numbers[0] = low.x; numbers[1] = low.y; numbers[2] = low.z; numbers[3] = low.w;
    numbers[4] = high.x; numbers[5] = high.y; numbers[6] = high.z; numbers[7] = high.w;
}

__device__ __forceinline__ void store_8(float* target, const float (&numbers)[8])
{
    ((float4*)target)[0] = make_float4(numbers[0], numbers[1], numbers[2], numbers[3]);
    ((float4*)target)[1] = make_float4(numbers[4], numbers[5], numbers[6], numbers[7]);
}

// Reads the 16-bit gradients of a model and updates its float32 masters and itself. `divisor` null = 1; does nothing where
// `found_inf` is 1.
extern "C" __global__ void __launch_bounds__(256) adam(
    const AdamRow* __restrict__ rows, int count, double learning_rate, double beta1, double beta2, double weight_decay, double eps,
    int is_decoupled, int maximizes, const float* divisor, const float* found_inf)
{
    if (found_inf && *found_inf == 1.0f) return;
    const AdamRow row = row_of_block(rows, count);
    __shared__ AdamNumbers numbers;
    if (threadIdx.x == 0)
    {
        const double step = *row.step;
        numbers.beta1 = (float)beta1;
        numbers.beta2 = (float)beta2;
        numbers.rest1 = (float)(1.0 - beta1);
        numbers.rest2 = (float)(1.0 - beta2);
        numbers.decay = (float)(is_decoupled ? learning_rate * weight_decay : weight_decay);
        numbers.step_size = (float)(learning_rate / (1.0 - pow(beta1, step)));
        numbers.root = (float)sqrt(1.0 - pow(beta2, step));
        numbers.eps = (float)eps;
        numbers.divisor = divisor ? *divisor : 1.0f;
        numbers.is_decoupled = is_decoupled;
        numbers.maximizes = maximizes;
    }

    __syncthreads();
    const AdamNumbers by = numbers;
    const Index begin = ((Index)blockIdx.x - row.first_block) * CHUNK;
    const Index end = begin + CHUNK < row.count ? begin + CHUNK : row.count;
    const Index addresses = (Index)row.gradient | (Index)row.model | (Index)row.master | (Index)row.mean | (Index)row.square | (Index)row.largest;
    const bool is_aligned = (addresses & 15) == 0;
    const Index rest = is_aligned ? end & ~(Index)7 : begin;
    for (Index i = begin + 8 * threadIdx.x; i < rest; i += 8 * 256)
    {
        float gradient[8], master[8], mean[8], square[8], largest[8];
        unpack(*(const Vector*)(row.gradient + i), gradient);
        load_8(row.master + i, master);
        load_8(row.mean + i, mean);
        load_8(row.square + i, square);
        if (row.largest) load_8(row.largest + i, largest);
#pragma unroll
        for (int j = 0; j < 8; j++)
        {
            adam_element(by, gradient[j], master[j], mean[j], square[j], row.largest ? &largest[j] : nullptr);
        }

        store_8(row.master + i, master);
        store_8(row.mean + i, mean);
        store_8(row.square + i, square);
        if (row.largest) store_8(row.largest + i, largest);
        *(Vector*)(row.model + i) = pack(master);
    }

    for (Index i = rest + threadIdx.x; i < end; i += 256)
    {
        adam_element(
            by, to_float(row.gradient[i]), row.master[i], row.mean[i], row.square[i], row.largest ? row.largest + i : nullptr);
        row.model[i] = to_value(row.master[i]);
    }
}
