extern alias generator;

global using generator::Precision.Generator.Operations;
