"""How far: points, counties, distances and coverage. Knows no contract."""
