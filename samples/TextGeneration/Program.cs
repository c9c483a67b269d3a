Console.WriteLine("TextGeneration");
