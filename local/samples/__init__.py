"""Sample jobs of every algorithm, with real media files.

jobs/                  the API's answers, and which files are under which keys
inputs/ media/         what the jobs were given, and what they made of it
make_media.py making/  makes both folders again: draws, plays and speaks what is in them
"""
