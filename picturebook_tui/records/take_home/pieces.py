"""The exported script's own code, piece by piece: one network, one update rule, one loop.

These are texts, to be read by someone who has just played and never saw a training loop. They say in a page of NumPy
what ``learner/`` does in a faster way; a test runs them beside it. Names in capitals are the run's parameters.
"""

from __future__ import annotations

FLAT_INPUTS = '''
def inputs(pictures):
    """(n, side, side, 3) bytes to (n, side * side * 3) numbers around zero, a row for each picture."""
    average = np.array([210, 199, 183], np.float32)  # the average colour of all drawings, on their paper
    scale = 16 / (255 * SIZE)  # at 32 pixels there are four times as many numbers: each counts half
    return ((pictures - average) * np.float32(scale)).reshape(len(pictures), -1)
'''

INK_INPUTS = '''
def inputs(pictures):
    """(n, side, side, 3) bytes to four numbers a pixel, zero on blank paper: the silhouette, then faint colours."""
    paper = np.array([246, 241, 228], np.float32)
    colours = (pictures - paper) / np.float32(255)
    distance = np.sqrt((colours**2).sum(axis=3, keepdims=True))  # from the paper's colour
    silhouette = -distance / (distance + np.float32(0.1))
    return np.concatenate([silhouette, colours * np.float32(0.5)], axis=3)
'''

SOFTMAX = '''
def starting_weights():
    """One weight for every number of a picture and every label: small, so that the first guesses are near even."""
    rng = np.random.default_rng(np.random.SeedSequence([SEED, 0x1EA2]))
    numbers = SIZE * SIZE * 3
    return {
        "weight": (rng.standard_normal((numbers, len(LABELS))) * (0.1 / 768) ** 0.5).astype(np.float32),
        "bias": np.zeros(len(LABELS), np.float32),
    }


def forward(weights, x):
    """(n, numbers) to a score for each label, (n, labels); nothing in between needs to be kept."""
    return x @ weights["weight"] + weights["bias"], None


def backward(weights, x, kept, error):
    """How the loss changes with each weight; ``error`` is that for the scores, (n, labels)."""
    return {"weight": x.T @ error, "bias": error.sum(axis=0)}
'''

MLP = '''
def starting_weights():
    """Random numbers, of a size that keeps the signal's size on its way through the layers (He et al. 2015)."""
    rng = np.random.default_rng(np.random.SeedSequence([SEED, 0x1EA2]))
    numbers = SIZE * SIZE * 3
    return {
        "weight1": (rng.standard_normal((numbers, HIDDEN)) * (2 / 768) ** 0.5).astype(np.float32),
        "bias1": np.zeros(HIDDEN, np.float32),
        "weight2": (rng.standard_normal((HIDDEN, len(LABELS))) * (1 / HIDDEN) ** 0.5).astype(np.float32),
        "bias2": np.zeros(len(LABELS), np.float32),
    }


def forward(weights, x):
    """(n, numbers) to a score for each label, (n, labels), and the hidden layer, (n, hidden), kept for the way back."""
    hidden = np.maximum(x @ weights["weight1"] + weights["bias1"], 0)  # a unit is silent below zero
    return hidden @ weights["weight2"] + weights["bias2"], hidden


def backward(weights, x, hidden, error):
    """How the loss changes with each weight; ``error`` is that for the scores, (n, labels)."""
    hidden_error = (error @ weights["weight2"].T) * (hidden > 0)  # silent units had no part in it
    return {
        "weight1": x.T @ hidden_error,
        "bias1": hidden_error.sum(axis=0),
        "weight2": hidden.T @ error,
        "bias2": error.sum(axis=0),
    }
'''

CNN = '''
def starting_weights():
    """Random numbers, of a size that keeps the signal's size on its way through the layers (He et al. 2015)."""
    rng = np.random.default_rng(np.random.SeedSequence([SEED, 0x1EA2]))
    weights, channels = {}, 4
    for number, filters in enumerate(FILTERS, 1):
        drawn = rng.standard_normal((filters, 3, 3, channels)) * (2 / (9 * channels)) ** 0.5
        weights[f"filters{number}"] = drawn.reshape(filters, -1).T.astype(np.float32)  # a column for each filter
        weights[f"bias{number}"] = np.zeros(filters, np.float32)
        channels = filters
    features = (SIZE >> len(FILTERS)) ** 2 * channels  # every round halves both sides
    weights["weight"] = (rng.standard_normal((features, len(LABELS))) * (1 / features) ** 0.5).astype(np.float32)
    weights["bias"] = np.zeros(len(LABELS), np.float32)
    return weights


def patches(maps):
    """Every pixel with its eight neighbours in one row: (n, h, w, channels) to (n, h, w, 9 * channels)."""
    _, height, width, _ = maps.shape
    padded = np.pad(maps, ((0, 0), (1, 1), (1, 1), (0, 0)))  # blank beyond the edges
    shifted = [padded[:, y : y + height, x : x + width] for y in range(3) for x in range(3)]
    return np.concatenate(shifted, axis=3)


def forward(weights, maps):
    """(n, side, side, 4) to a score for each label, (n, labels); what the way back needs is kept."""
    rounds = []
    for number in range(1, len(FILTERS) + 1):
        seen = patches(maps)
        sums = seen @ weights[f"filters{number}"]  # each filter laid on every 3 x 3 pixels
        taller = np.maximum(sums[:, 0::2], sums[:, 1::2])  # the larger of two rows ...
        pooled = np.maximum(taller[:, :, 0::2], taller[:, :, 1::2])  # ... and of two columns
        maps = np.maximum(pooled + weights[f"bias{number}"], 0)
        rounds.append((seen, sums, taller, maps))
    features = maps.transpose(0, 1, 3, 2).reshape(len(maps), -1)
    return features @ weights["weight"] + weights["bias"], (rounds, features)


def to_the_larger(first, second, error):
    """A maximum passes its error on to the larger of the two, the first of equals."""
    return error * (first >= second), error * (first < second)


def backward(weights, x, kept, error):
    """How the loss changes with each weight; ``error`` is that for the scores, (n, labels)."""
    rounds, features = kept
    gradients = {"weight": features.T @ error, "bias": error.sum(axis=0)}
    n, height, width, channels = rounds[-1][3].shape
    error = (error @ weights["weight"].T).reshape(n, height, channels, width).transpose(0, 1, 3, 2)
    for number in range(len(FILTERS), 0, -1):
        seen, sums, taller, maps = rounds[number - 1]
        error = error * (maps > 0)
        gradients[f"bias{number}"] = error.sum(axis=(0, 1, 2))
        taller_error, sums_error = np.zeros_like(taller), np.zeros_like(sums)
        taller_error[:, :, 0::2], taller_error[:, :, 1::2] = to_the_larger(
            taller[:, :, 0::2], taller[:, :, 1::2], error
        )
        sums_error[:, 0::2], sums_error[:, 1::2] = to_the_larger(sums[:, 0::2], sums[:, 1::2], taller_error)
        filters, channels = FILTERS[number - 1], seen.shape[3] // 9
        gradients[f"filters{number}"] = seen.reshape(-1, 9 * channels).T @ sums_error.reshape(-1, filters)
        if number > 1:
            # Back to the pixels: the filters once more, turned half round.
            turned = weights[f"filters{number}"].reshape(3, 3, channels, filters)[::-1, ::-1]
            error = patches(sums_error) @ turned.transpose(0, 1, 3, 2).reshape(9 * filters, channels)
    return gradients
'''

GUESS = '''
def guess(weights, pictures, truth):
    """How likely each label is, (n, labels), and how surprised the truth left the network: a loss for each picture."""
    x = inputs(pictures)
    scores, kept = forward(weights, x)
    scores = scores - scores.max(axis=1, keepdims=True)  # the same chances, and no overflow
    exponentials = np.exp(scores)
    sums = exponentials.sum(axis=1, keepdims=True)
    losses = np.log(sums[:, 0]) - scores[np.arange(len(truth)), truth]  # -log of the true label's chance
    return exponentials / sums, losses, x, kept
'''

TRAIN = '''
def percent(share):
    """As the game writes it: halves upwards."""
    return f"{{math.floor(100 * share + 0.5 + 1e-9)}}%"


def train():
    """Read the book EPOCHS times, one update a page, and return what was measured."""
    weights, memory, updates, learning = starting_weights(), {{}}, 0, True
    history = {{"loss": [], "accuracy": [], "val_loss": [], "val_accuracy": []}}
{steps}
    for epoch in range(EPOCHS):
        print(f"Epoch {{epoch + 1}}/{{EPOCHS}}")
        loss = right = shown = 0
        for step in range(steps):
{page}
            chosen = order[first : first + BATCH_SIZE]
            truth = TRUTH[chosen]

            # Guess first. These guesses are the ones that count.
            chances, losses, x, kept = guess(weights, PICTURES[chosen], truth)
            correct = int((chances.argmax(axis=1) == truth).sum())

            # Then learn: how far off was each chance, which weights had a part in it, and one step downhill.
            if learning:
                error = chances.copy()
                error[np.arange(len(truth)), truth] -= 1
                gradients = backward(weights, x, kept, error / len(truth))
                new = update(weights, gradients, memory, updates + 1)
                learning = losses.mean() <= TOO_LARGE and length(new) <= TOO_LARGE
            if learning:
                weights, updates = new, updates + 1
            else:
                losses = np.minimum(losses, FAINTEST)

            print(
                f"Step {{step + 1}}/{{steps}}: Showing pictures {{first + 1}} to {{first + len(chosen)}}"
                f" · loss {{losses.mean():.4f}} · accuracy {{percent(correct / len(chosen))}}"
            )
            # Summed over pictures, not over pages: a short last page weighs what it holds.
            loss, right, shown = loss + float(losses.sum()), right + correct, shown + len(chosen)

        history["loss"].append(loss / shown)
        history["accuracy"].append(right / shown)
        print(f"The book: loss {{loss / shown:.4f}} · accuracy {{percent(right / shown)}}")
        if len(UNSEEN_PICTURES):
            # Validation: guessed with the weights as they are, and nothing is learned from it.
            chances, losses, _, _ = guess(weights, UNSEEN_PICTURES, UNSEEN_TRUTH)
            history["val_loss"].append(float(losses.mean()))
            history["val_accuracy"].append(float((chances.argmax(axis=1) == UNSEEN_TRUTH).mean()))
            val_loss, val_accuracy = history["val_loss"][-1], history["val_accuracy"][-1]
            print(f"Unseen pages: loss {{val_loss:.4f}} · accuracy {{percent(val_accuracy)}}")
    print("Learning complete!" if learning else f"The steps were too big: learning stopped after {{updates}} of them.")
    return history
'''

STEPS = "    steps = math.ceil(len(PICTURES) / BATCH_SIZE)  # rounded up: a last page may hold fewer"
STEPS_DROPPED = "    steps = len(PICTURES) // BATCH_SIZE  # rounded down: a short last page is left out"
STEPS_MOVED = """\
    steps = STEPS_PER_EPOCH
    pages = {pages}  # in once through the book"""

PAGE = """\
            order = ORDER[epoch % len(ORDER)]  # more epochs than there were: the orders come again
            first = step * BATCH_SIZE"""
PAGE_MOVED = """\
            # Whatever the epoch line says, reading goes on where it stopped; each time through has its own order.
            time_through, page = divmod(epoch * steps + step, pages)
            order = ORDER[time_through % len(ORDER)]
            first = page * BATCH_SIZE"""

LIMITS = '''
TOO_LARGE = 1e4  # a loss, or a length of all weights, beyond this: the steps are too big, and learning stops
FAINTEST = -math.log(1e-7)  # the loss of a guess that gave the truth next to no chance, as the game counts it
np.seterr(over="ignore", invalid="ignore")  # numbers that run away are noticed by their length


def length(weights):
    """Of all weights together, as one long arrow."""
    return np.sqrt(sum((array * array).sum() for array in weights.values()))
'''

UNPACK = '''
def unpack(kind, shape, letters):
    """From letters back to numbers."""
    return np.frombuffer(zlib.decompress(base64.b64decode(letters)), kind).reshape(shape)
'''

COMPARE = """
print(f"{TITLE}: {len(PICTURES)} pictures, {len(UNSEEN_PICTURES)} unseen · {', '.join(LABELS)}")
history = train()

print("\\nIn the game it was:")
print("epoch" + "".join(f"{name:>14}" for name in IN_THE_GAME))
for epoch, values in enumerate(zip(*IN_THE_GAME.values()), 1):
    print(f"{epoch:5}" + "".join(f"{value:14.4f}" for value in values))
if THE_GAP:
    print(THE_GAP)
far = max(
    abs(here - there)
    for name, values in history.items()
    for here, there in zip(values, IN_THE_GAME.get(name, []))
)
print(f"The largest difference between this history and the game's: {far:.1g}")
"""

PICTURES_SHOWN = """
try:
    import matplotlib.pyplot as plt
except ImportError:
    print("To see the pictures here, install matplotlib and run this again.")
else:
    figure, cards = plt.subplots(2, 5, figsize=(8, 3.6))
    for card in cards.flat:
        card.axis("off")
    for card, index in zip(cards.flat, ORDER[0]):
        card.imshow(PICTURES[index])
        card.set_title(LABELS[TRUTH[index]])
    plt.show()
"""

CURVES_SHOWN = """
try:
    import matplotlib.pyplot as plt
except ImportError:
    print("To see the curves here, install matplotlib and run this again.")
else:
    epochs = range(1, len(history["accuracy"]) + 1)
    plt.plot(epochs, history["accuracy"], "D-", label="the model, on the book")
    if history["val_accuracy"]:
        plt.plot(epochs, history["val_accuracy"], "D--", fillstyle="none", label="the model, on unseen pages")
    plt.plot(epochs, IN_THE_GAME["you"][: len(epochs)], "o-", label="you, on the book")
    plt.xlabel("epoch")
    plt.ylabel("share guessed right")
    plt.xticks(list(epochs))
    plt.ylim(0, 1.02)
    plt.legend()
    plt.show()
"""
