"""The values that a differentiation traces: dual numbers, and variables on a tape with its two sweeps."""
