"""ffnn"""
