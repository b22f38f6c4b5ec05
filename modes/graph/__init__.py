"""The graph of a run: watched, written as formulas and tables, drawn, counted, eliminated in any order."""
