"""The graph of a run: watched, written as formulas and tables, drawn, counted, eliminated in any order.

Accumulation orders: vertex elimination on the linearised computational graph of scalar operations.

Eliminating a vertex joins each of its predecessors to each of its successors, at one multiplication a
pair; when all intermediate vertices are gone, the edges from inputs to outputs are the Jacobian (Griewank &
Reese 1991; Griewank & Walther, "Evaluating Derivatives" (2008), chapters 9 and 10). Every order gives the
same Jacobian; they differ in cost.

Counting convention, the literature's: a vertex is one elementary operation, unary or binary (a constant is
no vertex, ``x**k`` is unary); only intermediate vertices are eliminated, outputs stay; each costs in-degree ×
out-degree multiplications, partials of ±1 included. Operations that no output depends on are not vertices.
"""
