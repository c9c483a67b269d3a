namespace Precision.Generator.Plan.Models;

/// <summary>One operation, or the way into a method that has a section of its own.</summary>
/// <param name="Line">Counted from the line that names the method, which is 1; null where the operation is not in it.</param>
/// <param name="Operation">What is called.</param>
/// <param name="Cuda">The dtype on CUDA.</param>
/// <param name="Cpu">The dtype on the CPU.</param>
/// <param name="Why">What decides it.</param>
/// <param name="Intercepted">Whether the compiler replaces the call; empty where there is no reason to.</param>
/// <param name="Body">The method that the row leads to; null for an operation.</param>
internal sealed record PlanRow(
    int? Line, string Operation, string Cuda, string Cpu, string Why, string Intercepted = "", PlannedBody? Body = null);
