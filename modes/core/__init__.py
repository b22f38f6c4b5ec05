"""What a traced value is: errors, the registry of rules, levels, operands, primitives, its NumPy face."""
