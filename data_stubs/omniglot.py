"""A stand-in for Omniglot: invented alphabets whose characters twenty writers draw, each with a hand of their own.

`characters.py` invents the characters, `handwriting.py` the hands. The images are 1-bit, black ink on white, in the
official layout, with CCCC the number of the character and WW that of the writer:

    omniglot-py/images_background/<Alphabet>/character<NN>/<CCCC>_<WW>.png
    omniglot-py/images_evaluation/<Alphabet>/character<NN>/<CCCC>_<WW>.png
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data_stubs.characters import Character, invent_character, invent_style
from data_stubs.folder import new_dataset
from data_stubs.handwriting import NEAT, draw, invent_hand

FOLDER = "omniglot-py"
NAMES = (
    *("Abrenni", "Aldresh", "Bokuvar", "Brelvan", "Cassandine", "Celmari_(Coastal)", "Chelun", "Dorvati", "Drummic"),
    *("Elthene", "Eskarra", "Fennogal", "Fyrisk_(Runic)", "Galtheno", "Gorumi", "Halvenic", "Hesperal", "Ithuran"),
    *("Jessari", "Juvandic_(Upper)", "Kelmaric", "Khorvash", "Lindorea", "Lyrrian_(Northern)", "Morvenic", "Nalgari"),
    *("Nivellan", "Oskarid", "Otterine", "Pallomar", "Perrunic", "Quellish", "Quorath_(Old)", "Ravendi", "Rhuzeni"),
    *("Sarvolan", "Sildari", "Tessavine_(Script)", "Thurgic", "Toskari", "Ulmandi", "Urrazen", "Vandric", "Veshtari"),
    *("Wendolic", "Wyrrin", "Xandari", "Yolvenic", "Zephrine", "Zurimal"),
)


def write_omniglot(
    root: str | Path,
    *,
    seed: int = 0,
    background_alphabets: int = 8,
    evaluation_alphabets: int = 4,
    characters_per_alphabet: int = 12,
    drawings: int = 20,
    image_size: int = 105,
) -> Path:
    """Writes the stand-in, or does nothing if it is there already with the same settings.

    Args:
        root: the folder that `omniglot-py` goes into; made if it does not exist.
        seed: the same seed and sizes give the same bytes.
        background_alphabets: alphabets to train on.
        evaluation_alphabets: other alphabets, to test on.
        characters_per_alphabet: characters of each.
        drawings: images of each character, each by another writer.
        image_size: side of an image in pixels; 105 in the official archive, 28 in the papers.

    Returns:
        The folder `root/omniglot-py`.

    Raises:
        UserError: `root` is a file, or it holds an Omniglot of other settings or one that we did not make.
        ValueError: a size is not positive, or there are not enough names for the alphabets.
    """
    settings = {
        "seed": seed,
        "background_alphabets": background_alphabets,
        "evaluation_alphabets": evaluation_alphabets,
        "characters_per_alphabet": characters_per_alphabet,
        "drawings": drawings,
        "image_size": image_size,
    }
    n_alphabets = background_alphabets + evaluation_alphabets
    if min(background_alphabets, evaluation_alphabets, characters_per_alphabet, drawings) < 1 or image_size < 16:
        raise ValueError(f"Every count must be at least 1 and image_size at least 16, not {settings}.")
    if n_alphabets > len(NAMES) or drawings > 99 or characters_per_alphabet > 99:
        raise ValueError(f"At most {len(NAMES)} alphabets, 99 characters and 99 drawings, not {settings}.")
    with new_dataset(Path(root), FOLDER, settings) as folder:
        if folder is not None:
            order = np.random.default_rng([seed, 0]).permutation(len(NAMES))[:n_alphabets]
            for number, name in enumerate(NAMES[index] for index in order):
                rng = np.random.default_rng([seed, 1, number])
                split = "images_background" if number < background_alphabets else "images_evaluation"
                first = 1 + number * characters_per_alphabet
                _write_alphabet(folder / split / name, rng, first, characters_per_alphabet, drawings, image_size)
    return Path(root) / FOLDER


def _write_alphabet(folder: Path, rng: np.random.Generator, first: int, count: int, drawings: int, size: int) -> None:
    """Invents an alphabet and its writers, and writes every image below `folder`; `first` is its first CCCC."""
    characters = invent_alphabet(rng, count)
    hands = [invent_hand(rng) for _ in range(drawings)]
    for index, character in enumerate(characters):
        directory = folder / f"character{index + 1:02d}"
        directory.mkdir(parents=True)
        for writer, hand in enumerate(hands, start=1):
            draw(character, hand, rng, size).save(directory / f"{first + index:04d}_{writer:02d}.png")


def invent_alphabet(rng: np.random.Generator, count: int) -> list[Character]:
    """Returns `count` characters of one style that look different from each other when written neatly."""
    style = invent_style(rng)
    characters: list[Character] = []
    looks: list[NDArray[np.float64]] = []
    limit = 0.7  # on the cosine of two looks
    while len(characters) < count:
        character = invent_character(rng, style)
        look = 255.0 - np.asarray(draw(character, NEAT, rng, 28).convert("L").reduce(2)).ravel()
        look /= np.linalg.norm(look)
        if all(float(look @ other) < limit for other in looks):
            characters.append(character)
            looks.append(look)
        limit += 0.001  # a large alphabet of a plain style must accept characters that are more alike
    return characters
