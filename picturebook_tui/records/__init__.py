"""What outlives a run: folders, preferences, saved answers, finished runs and their exports."""
