namespace Precision.Generator.Interception.Models;

/// <summary>One call that is replaced.</summary>
/// <param name="FilePath">Where it is written.</param>
/// <param name="Start">Its position in that file, for the order.</param>
/// <param name="Position">The same for the reader: file name, line and column.</param>
/// <param name="Version">The compiler's version of <paramref name="Data"/>'s format.</param>
/// <param name="Data">The compiler's name of the place, which contains the file's checksum.</param>
/// <param name="Interceptor">What runs instead.</param>
internal sealed record InterceptedCall(string FilePath, int Start, string Position, int Version, string Data, Interceptor Interceptor);
