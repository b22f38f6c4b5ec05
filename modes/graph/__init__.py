"""The graph of a run: watched, written as formulas and tables, drawn, counted, and eliminated in any order."""
