"""Looking into a learner without changing it: what its labels are chosen from, and its weights by name."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from picturebook_tui.errors import PictureBookError
from picturebook_tui.learner.build import build_network
from picturebook_tui.learner.inputs import check_pixels
from picturebook_tui.learner.learner import CHUNK, Learner
from picturebook_tui.learner.networks import Network


def features(learner: Learner, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What the labels are chosen from: the MLP's hidden layer, the CNN's last round, or the softmax's own inputs.

    Parameters
    ----------
    pixels : uint8 (n, height, width, 3); n may be 0.

    Returns
    -------
    float32 (n, k) : a copy.

    Raises
    ------
    PictureBookError : where these are not such pictures, or the learner was never shown any.
    """
    check_pixels(pixels, learner.size)
    network = _network(learner)
    rows = [network.features(network.forward(pixels[at : at + CHUNK])).copy() for at in range(0, len(pixels), CHUNK)]
    if not rows:
        return np.empty((0, 0), np.float32)
    return np.concatenate(rows).astype(np.float32, copy=False)


def weights(learner: Learner) -> Mapping[str, NDArray[np.float32]]:
    """Copies of its weights and biases, by the names of ``Network.layout``.

    Raises
    ------
    PictureBookError : where the learner was never shown a picture.
    """
    return _copies(_network(learner))


def starting_weights(learner: Learner) -> Mapping[str, NDArray[np.float32]]:
    """What ``weights`` were before the first update; the learner's seed makes them again.

    Raises
    ------
    PictureBookError : where the learner was never shown a picture.
    """
    network = _network(learner)
    new = build_network(learner.kind, network.size, network.labels, hidden=learner.hidden, seed=learner.seed)
    return _copies(new)


def _network(learner: Learner) -> Network:
    if learner.network is None:
        raise PictureBookError("This learner has not seen a picture yet: let it read a page first.")
    return learner.network


def _copies(network: Network) -> Mapping[str, NDArray[np.float32]]:
    return {name: array.astype(np.float32) for name, array in network.weights.items()}
