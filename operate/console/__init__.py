"""What a person types and reads: options, the screen, words for numbers and times, progress."""
