"""From functions to derivatives: arguments, seeds, transformations, modes, checks."""
