"""Charts as SVG text, drawn on the server: first paint, live update, print and tests see the same.

Plots stretch to the space that the style sheet gives them (`preserveAspectRatio="none"`, strokes do
not scale), and their axes are HTML beside them, so that no text is ever stretched or tiny.
"""
