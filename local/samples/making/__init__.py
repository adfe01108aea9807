"""What the sample media are made with: drawn scenes, synthetic sounds, and ffmpeg.

canvas.py people.py   shapes, and people made of them
places.py shows.py broadcasts.py stills.py   what the pictures show, each a function of the time
sounds.py music.py    tones and what is played with them
speech.py             sentences spoken by ffmpeg's flite, and the captions that go with them
encoder.py            frames and sounds into files

Pictures are drawn with Pillow and text with a font that has Chinese characters; both are needed
to make the media again and by nothing else.
"""
