"""The index of all pictures: one page to look through, chapter by chapter."""

from itertools import groupby
from pathlib import Path

from jinja2 import Environment

from tests.screens.camera import Shot

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Every screen of Amends</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 90rem; padding: 1rem 1.5rem 4rem; }
nav ul { columns: 18rem; padding-left: 1.2rem; }
figure { margin: 2.5rem 0; }
figcaption { font-weight: 600; margin-bottom: .6rem; }
.pictures { align-items: flex-start; display: flex; flex-wrap: wrap; gap: 1rem; }
img { border: 1px solid #8886; border-radius: 6px; height: auto; max-width: 100%; }
img.desktop { width: min(44rem, 100%); }
img.phone { width: 20rem; }
</style>
</head>
<body>
<h1>Every screen of Amends</h1>
<p>Made from the real bot in the practice workspace by <code>make screenshots</code>: {{ count }} screens, each on a
desktop and on a phone, in light and in dark.</p>
<nav aria-label="Screens">
{% for chapter, shots in chapters %}<h2>{{ chapter }}</h2><ul>
{% for shot in shots %}<li><a href="#{{ shot.name }}">{{ shot.caption }}</a></li>
{% endfor %}</ul>{% endfor %}
</nav>
{% for chapter, shots in chapters %}<h2>{{ chapter }}</h2>
{% for shot in shots %}<figure id="{{ shot.name }}"><figcaption>{{ shot.caption }}</figcaption><div class="pictures">
{% for (device, theme), picture in shot.pictures.items() %}<img class="{{ device }}" loading="lazy" src="{{ picture.name }}" alt="{{ shot.caption }} ({{ device }}, {{ theme }})">
{% endfor %}</div></figure>
{% endfor %}{% endfor %}
</body>
</html>
"""


def bound(shots: list[Shot], folder: Path) -> Path:
    """The page with all pictures, in the order they were taken."""
    chapters = [(chapter, list(group)) for chapter, group in groupby(shots, key=lambda shot: shot.chapter)]
    page = Environment(autoescape=True).from_string(PAGE).render(chapters=chapters, count=len(shots))
    index = folder / "index.html"
    index.write_text(page)
    return index
