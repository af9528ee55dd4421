"""McCabe-Thiele stepping in plain Python: the slow twin of the stage counts."""


def section_counts(beta, heavy_fraction, heavy_purity, light_purity, load, scrub, organic_feed=False):
    """Whole stages of (extraction incl. feed stage, scrub), stepping from both ends to the meeting of the lines."""
    s, w = load, scrub
    up = s + (1 if organic_feed else 0)
    down = w + (0 if organic_feed else 1)

    def equilibrium(x):
        return beta * x / (1 + (beta - 1) * x)

    def inverse(y):
        return y / (beta - (beta - 1) * y)

    impurity = 1 - light_purity
    meet = (heavy_fraction * s + (w - s) * impurity) / w if organic_feed else heavy_fraction
    x, n = impurity, 1
    while x < meet:
        new = (s * equilibrium(x) + (down - s) * impurity) / down
        if new - x < 1e-12:
            return None
        x, n = new, n + 1
    extraction = n
    y, m = heavy_purity, 0
    x = inverse(y)
    while x > meet:
        y = (w * x + (up - w) * heavy_purity) / up
        new = inverse(y)
        if x - new < 1e-12:
            return None
        x, m = new, m + 1
    return extraction, m + 1
