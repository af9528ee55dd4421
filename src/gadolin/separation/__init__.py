"""Solvent extraction of rare earths: design and solve cascades and whole plants.

Pure functions of explicit inputs: factors, constants and compositions come in as arguments.
"""
