// Kernels that go down columns: a thread keeps one vector of columns and walks over rows, so that the sums over all rows (the
// gradients of biases) cost no further reading. `partial` gets one row a block row.

#define INVERSE_ROOT_2 0.70710678118654752f
#define INVERSE_ROOT_2_PI 0.39894228040143268f

__device__ __forceinline__ void store_partial(float* partial, int vectors, int vector, const float (&sums)[8])
{
    float4* target = (float4*)(partial + ((Index)blockIdx.y * vectors + vector) * 8);
    target[0] = make_float4(sums[0], sums[1], sums[2], sums[3]);
    target[1] = make_float4(sums[4], sums[5], sums[6], sums[7]);
}

// GELU of input + bias by the error function (Hendrycks and Gimpel, arXiv:1606.08415).
extern "C" __global__ void bias_gelu_forward(
    const Vector* __restrict__ input, const void* __restrict__ bias, int bias_is_float32, Vector* __restrict__ output,
    Index rows, int vectors)
{
    int vector = blockIdx.x * blockDim.x + threadIdx.x;
    if (vector >= vectors) return;
    float b[8];
    load_parameters(bias, bias_is_float32, vector, b);
    for (Index row = blockIdx.y; row < rows; row += gridDim.y)
    {
        float x[8];
        unpack(input[row * vectors + vector], x);
#pragma unroll
        for (int i = 0; i < 8; i++)
        {
            float h = x[i] + b[i];
            x[i] = 0.5f * h * (1.0f + erff(h * INVERSE_ROOT_2));
        }

        output[row * vectors + vector] = pack(x);
    }
}

extern "C" __global__ void bias_gelu_backward(
    const Vector* __restrict__ output_gradient, const Vector* __restrict__ input, const void* __restrict__ bias,
    int bias_is_float32, Vector* __restrict__ gradient, float* __restrict__ partial,
    Index rows, int vectors)
{
    int vector = blockIdx.x * blockDim.x + threadIdx.x;
    if (vector >= vectors) return;
    float b[8], sums[8] = {0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f};
    load_parameters(bias, bias_is_float32, vector, b);
    for (Index row = blockIdx.y; row < rows; row += gridDim.y)
    {
        float dy[8], x[8];
        unpack(output_gradient[row * vectors + vector], dy);
        unpack(input[row * vectors + vector], x);
#pragma unroll
        for (int i = 0; i < 8; i++)
        {
            float h = x[i] + b[i];
            float cumulative = 0.5f * (1.0f + erff(h * INVERSE_ROOT_2));
            float density = INVERSE_ROOT_2_PI * __expf(-0.5f * h * h);
            x[i] = dy[i] * (cumulative + h * density);
        }

        Vector rounded = pack(x);
        gradient[row * vectors + vector] = rounded;
        unpack(rounded, x);
#pragma unroll
        for (int i = 0; i < 8; i++) sums[i] += x[i];
    }

    store_partial(partial, vectors, vector, sums);
}

// Puts the columns of up to four parts beside each other. A part that is null counts as zeros.
extern "C" __global__ void join_columns(
    const Vector* __restrict__ part0, const Vector* __restrict__ part1, const Vector* __restrict__ part2,
    const Vector* __restrict__ part3, Vector* __restrict__ joined, float* __restrict__ partial,
    Index rows, int vectors, int part_vectors)
{
    int vector = blockIdx.x * blockDim.x + threadIdx.x;
    if (vector >= vectors) return;
    int part = vector / part_vectors, column = vector - part * part_vectors;
    const Vector* source = part == 0 ? part0 : part == 1 ? part1 : part == 2 ? part2 : part3;
    float sums[8] = {0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f};
    for (Index row = blockIdx.y; row < rows; row += gridDim.y)
    {
        Vector moved = {{0, 0, 0, 0}};
        if (source) moved = source[row * part_vectors + column];
        joined[row * vectors + vector] = moved;
        float x[8];
        unpack(moved, x);
#pragma unroll
        for (int i = 0; i < 8; i++) sums[i] += x[i];
    }

    store_partial(partial, vectors, vector, sums);
}

// Adds the rows of partial sums, always in the same order. Blocks of 32 x 32 threads; up to three stretches of `width` columns
// go to outputs of their own, in float32 where the bit is set, else in 16-bit; a null output is left out.
extern "C" __global__ void __launch_bounds__(1024) add_partial(
    const float* __restrict__ partial, int rows, int columns, int width, void* output0, void* output1, void* output2,
    int float32_bits)
{
    __shared__ float sums[32][33];
    int column = blockIdx.x * 32 + threadIdx.x;
    float sum = 0.0f;
    if (column < columns)
    {
#pragma unroll 4
        for (int row = threadIdx.y; row < rows; row += 32) sum += partial[(Index)row * columns + column];
    }

    sums[threadIdx.y][threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y == 0 && column < columns)
    {
        sum = 0.0f;
#pragma unroll
        for (int i = 0; i < 32; i++) sum += sums[i][threadIdx.x];
        int part = column / width, place = column - part * width;
        void* output = part == 0 ? output0 : part == 1 ? output1 : output2;
        if (output)
        {
            if (float32_bits >> part & 1) ((float*)output)[place] = sum;
            else ((Value*)output)[place] = to_value(sum);
        }
    }
}
