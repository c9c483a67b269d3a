// Layer normalisation of the sum of two branches (Ba et al., arXiv:1607.06450), forward and backward. A row of 8 * VECTORS numbers
// is taken by ROW_THREADS threads: forward by a block of THREADS, backward by a block or by each of its warps. A thread keeps EACH
// vectors of the row in registers. All of these are given.

extern "C" __global__ void __launch_bounds__(THREADS) add_layer_norm_forward(
    const Vector* __restrict__ input, const Vector* __restrict__ residual, const void* __restrict__ input_bias,
    int input_bias_is_float32,
    const void* __restrict__ weight, const void* __restrict__ bias, int weight_is_float32,
    Vector* __restrict__ sum, Vector* __restrict__ output, float* __restrict__ means, float* __restrict__ deviations,
    float epsilon)
{
    __shared__ float scratch[64];
    const Index row = blockIdx.x;
    float x[EACH][8];
    float total = 0.0f;
#pragma unroll
    for (int k = 0; k < EACH; k++)
    {
        int vector = threadIdx.x + k * THREADS;
        if (vector < VECTORS)
        {
            unpack(input[row * VECTORS + vector], x[k]);
            if (input_bias)
            {
                float b[8];
                load_parameters(input_bias, input_bias_is_float32, vector, b);
#pragma unroll
                for (int i = 0; i < 8; i++) x[k][i] += b[i];
            }

            if (residual)
            {
                float r[8];
                unpack(residual[row * VECTORS + vector], r);
#pragma unroll
                for (int i = 0; i < 8; i++) x[k][i] += r[i];
            }

            if (sum)
            {
                // Normalised is what is stored: the backward reads nothing else.
                Vector rounded = pack(x[k]);
                sum[row * VECTORS + vector] = rounded;
                unpack(rounded, x[k]);
            }

#pragma unroll
            for (int i = 0; i < 8; i++) total += x[k][i];
        }
    }

    const float mean = block_sums(total, 0.0f, scratch).first / (8.0f * VECTORS);
    float squares = 0.0f;
#pragma unroll
    for (int k = 0; k < EACH; k++)
    {
        if (threadIdx.x + k * THREADS < VECTORS)
        {
#pragma unroll
            for (int i = 0; i < 8; i++) squares += (x[k][i] - mean) * (x[k][i] - mean);
        }
    }

    const float deviation = rsqrtf(block_sums(squares, 0.0f, scratch).first / (8.0f * VECTORS) + epsilon);
    if (threadIdx.x == 0)
    {
        means[row] = mean;
        deviations[row] = deviation;
    }

#pragma unroll
    for (int k = 0; k < EACH; k++)
    {
        int vector = threadIdx.x + k * THREADS;
        if (vector < VECTORS)
        {
            float w[8], b[8];
            load_parameters(weight, weight_is_float32, vector, w);
            if (bias) load_parameters(bias, weight_is_float32, vector, b);
#pragma unroll
            for (int i = 0; i < 8; i++) x[k][i] = (x[k][i] - mean) * deviation * w[i] + (bias ? b[i] : 0.0f);
            output[row * VECTORS + vector] = pack(x[k]);
        }
    }
}

#define ROWS (THREADS / ROW_THREADS)    // of a block at a time

// A warp that has a row to itself waits for no other.
__device__ __forceinline__ Sums row_sums(float first, float second, float* scratch)
{
#if ROWS == 1
    return block_sums(first, second, scratch);
#else
#pragma unroll
    for (int offset = 16; offset > 0; offset >>= 1)
    {
        first += __shfl_xor_sync(0xffffffff, first, offset);
        second += __shfl_xor_sync(0xffffffff, second, offset);
    }

    return {first, second};
#endif
}

// `partial` gets three rows a block: the sums over its rows for the gradients of weight, bias and input bias.
extern "C" __global__ void __launch_bounds__(THREADS) add_layer_norm_backward(
    const Vector* __restrict__ output_gradient, const Vector* __restrict__ sum_gradient, const Vector* __restrict__ sum,
    const float* __restrict__ means, const float* __restrict__ deviations,
    const void* __restrict__ weight, int weight_is_float32, Vector* __restrict__ gradient, float* __restrict__ partial,
    Index rows)
{
    __shared__ float scratch[64];
    float* const mine = partial + (Index)blockIdx.x * 24 * VECTORS;
#if ROWS == 1
    float* const sums_of_block = mine;
#else
    __shared__ float sums_of_block[24 * VECTORS];
#endif
    const int lane = threadIdx.x % ROW_THREADS, own_row = threadIdx.x / ROW_THREADS;
    float w[EACH][8], dw[EACH][8], db[EACH][8], dx[EACH][8];
#pragma unroll
    for (int k = 0; k < EACH; k++)
    {
        int vector = lane + k * ROW_THREADS;
        if (vector < VECTORS) load_parameters(weight, weight_is_float32, vector, w[k]);
#pragma unroll
        for (int i = 0; i < 8; i++) dw[k][i] = db[k][i] = dx[k][i] = 0.0f;
    }

    for (Index row = (Index)blockIdx.x * ROWS + own_row; row < rows; row += gridDim.x * ROWS)
    {
        Vector dys[EACH], xs[EACH], ds[EACH];
#pragma unroll
        for (int k = 0; k < EACH; k++)
        {
            int vector = lane + k * ROW_THREADS;
            if (vector < VECTORS)
            {
                dys[k] = output_gradient[row * VECTORS + vector];
                xs[k] = sum[row * VECTORS + vector];
                if (sum_gradient) ds[k] = sum_gradient[row * VECTORS + vector];
            }
        }

        const float mean = means[row], deviation = deviations[row];
        float first = 0.0f, second = 0.0f;
#pragma unroll
        for (int k = 0; k < EACH; k++)
        {
            if (lane + k * ROW_THREADS < VECTORS)
            {
                float dy[8], x[8];
                unpack(dys[k], dy);
                unpack(xs[k], x);
#pragma unroll
                for (int i = 0; i < 8; i++)
                {
                    float normal = (x[i] - mean) * deviation;
                    dw[k][i] += dy[i] * normal;
                    db[k][i] += dy[i];
                    first += dy[i] * w[k][i];
                    second += dy[i] * w[k][i] * normal;
                }
            }
        }

        const Sums sums = row_sums(first, second, scratch);
        first = sums.first / (8.0f * VECTORS);
        second = sums.second / (8.0f * VECTORS);
#pragma unroll
        for (int k = 0; k < EACH; k++)
        {
            int vector = lane + k * ROW_THREADS;
            if (vector < VECTORS)
            {
                float dy[8], x[8], more[8];
                unpack(dys[k], dy);
                unpack(xs[k], x);
                if (sum_gradient) unpack(ds[k], more);
#pragma unroll
                for (int i = 0; i < 8; i++)
                {
                    float normal = (x[i] - mean) * deviation;
                    x[i] = deviation * (dy[i] * w[k][i] - first - normal * second) + (sum_gradient ? more[i] : 0.0f);
                }

                Vector rounded = pack(x);
                gradient[row * VECTORS + vector] = rounded;
                unpack(rounded, x);
#pragma unroll
                for (int i = 0; i < 8; i++) dx[k][i] += x[i];
            }
        }
    }

    // One after the other, always in the same order.
    for (int turn = 0; turn < ROWS; turn++)
    {
        __syncthreads();
        if (own_row != turn) continue;
#pragma unroll
        for (int k = 0; k < EACH; k++)
        {
            int vector = lane + k * ROW_THREADS;
            if (vector < VECTORS)
            {
#pragma unroll
                for (int i = 0; i < 8; i++)
                {
                    float* place = sums_of_block + 8 * vector + i;
                    place[0] = (turn ? place[0] : 0.0f) + dw[k][i];
                    place[8 * VECTORS] = (turn ? place[8 * VECTORS] : 0.0f) + db[k][i];
                    place[16 * VECTORS] = (turn ? place[16 * VECTORS] : 0.0f) + dx[k][i];
                }
            }
        }
    }

#if ROWS > 1
    __syncthreads();
    for (int i = threadIdx.x; i < 24 * VECTORS; i += THREADS) mine[i] = sums_of_block[i];
#endif
}
