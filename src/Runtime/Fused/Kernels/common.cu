// What all kernels share. The compiler is given -DHALF=1 for Float16 values, else they are BFloat16. All arithmetic is float32.

typedef unsigned short Value;       // one 16-bit number
typedef long long Index;

struct alignas(16) Vector           // eight of them: one memory access of a thread
{
    unsigned int pairs[4];
};

__device__ __forceinline__ float to_float(Value value)
{
#if HALF
    float result;
    asm("cvt.f32.f16 %0, %1;" : "=f"(result) : "h"(value));
    return result;
#else
    return __uint_as_float((unsigned int)value << 16);
#endif
}

__device__ __forceinline__ Value to_value(float number)
{
    Value result;
#if HALF
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(result) : "f"(number));
#else
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(result) : "f"(number));
#endif
    return result;
}

__device__ __forceinline__ void unpack(const Vector& vector, float (&numbers)[8])
{
#pragma unroll
    for (int i = 0; i < 4; i++)
    {
        numbers[2 * i] = to_float((Value)(vector.pairs[i] & 0xffff));
        numbers[2 * i + 1] = to_float((Value)(vector.pairs[i] >> 16));
    }
}

__device__ __forceinline__ Vector pack(const float (&numbers)[8])
{
    Vector vector;
#pragma unroll
    for (int i = 0; i < 4; i++)
    {
#if HALF
        asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(vector.pairs[i]) : "f"(numbers[2 * i + 1]), "f"(numbers[2 * i]));
#else
        asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(vector.pairs[i]) : "f"(numbers[2 * i + 1]), "f"(numbers[2 * i]));
#endif
    }

    return vector;
}

// Eight parameters of a column stretch; they are stored in float32 or in 16-bit.
__device__ __forceinline__ void load_parameters(const void* parameters, int is_float32, int vector, float (&numbers)[8])
{
    if (is_float32)
    {
        const float4* source = (const float4*)parameters + 2 * vector;
        float4 low = source[0], high = source[1];
        numbers[0] = low.x; numbers[1] = low.y; numbers[2] = low.z; numbers[3] = low.w;
        numbers[4] = high.x; numbers[5] = high.y; numbers[6] = high.z; numbers[7] = high.w;
    }
    else
    {
        unpack(((const Vector*)parameters)[vector], numbers);
    }
}

struct Sums
{
    float first, second;
};

// The sums over all threads of the block, known to all of them. `scratch` has 64 numbers.
__device__ __forceinline__ Sums block_sums(float first, float second, float* scratch)
{
#pragma unroll
    for (int offset = 16; offset > 0; offset >>= 1)
    {
        first += __shfl_xor_sync(0xffffffff, first, offset);
        second += __shfl_xor_sync(0xffffffff, second, offset);
    }

    int warp = threadIdx.x >> 5, lane = threadIdx.x & 31, warps = (blockDim.x + 31) >> 5;
    __syncthreads();    // the scratch of the call before may still be read
    if (lane == 0)
    {
        scratch[warp] = first;
        scratch[32 + warp] = second;
    }

    __syncthreads();
    first = lane < warps ? scratch[lane] : 0.0f;
    second = lane < warps ? scratch[32 + lane] : 0.0f;
#pragma unroll
    for (int offset = 16; offset > 0; offset >>= 1)
    {
        first += __shfl_xor_sync(0xffffffff, first, offset);
        second += __shfl_xor_sync(0xffffffff, second, offset);
    }

    return {first, second};
}
