"""What the dashboard shows, as values and text. Knows no screen, no file and no clock."""
