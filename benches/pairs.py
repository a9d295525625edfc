"""Whether the second of two things measured in pairs is slower than the first, beyond noise.

A pair is (before, after), both a speed: more is better. For each metric the logarithms of after/before are
put to Wilcoxon's signed-rank test, one-sided and exact: how likely are ranks so low if neither side is
slower? The levels of all metrics together are Holm's, so that more metrics do not mean more false alarms.
A metric is a regression if it is significant and the median of its ratios is below 1 - tolerance."""

import math
import random
import statistics

LEVEL = 0.05


def wilcoxon_below(differences):
    """The exact probability of a sum of positive ranks as low as this one, or lower; ties share ranks."""
    magnitudes = sorted(abs(value) for value in differences if value != 0)
    if not magnitudes:
        return 1.0
    # Twice the rank, so that a shared rank is whole too.
    doubled = {value: 2 * magnitudes.index(value) + magnitudes.count(value) + 1 for value in magnitudes}
    observed = sum(doubled[value] for value in differences if value > 0)
    ways = {0: 1}
    for value in magnitudes:
        grown = dict(ways)
        for total, count in ways.items():
            grown[total + doubled[value]] = grown.get(total + doubled[value], 0) + count
        ways = grown
    as_low = sum(count for total, count in ways.items() if total <= observed)
    return as_low / 2 ** len(magnitudes)


def holm(chances, level=LEVEL):
    """Which of these are significant together."""
    found = set()
    for place, name in enumerate(sorted(chances, key=chances.get)):
        if chances[name] > level / (len(chances) - place):
            break
        found.add(name)
    return found


def rounds_needed(metrics, level=LEVEL):
    """With fewer pairs not even a metric that is slower in all of them would be significant."""
    return max(1, math.ceil(math.log2(metrics / level)))


def judge(pairs, tolerance, level=LEVEL):
    """Of each metric: the median ratio, the lowest, the highest, the probability, whether it is a regression."""
    ratios = {name: [after / before for before, after in of] for name, of in pairs.items()}
    chances = {name: wilcoxon_below([math.log(value) for value in of]) for name, of in ratios.items()}
    significant = holm(chances, level)
    verdicts = {}
    for name, of in ratios.items():
        middle = statistics.median(of)
        slower = name in significant and middle < 1 - tolerance
        verdicts[name] = (middle, min(of), max(of), chances[name], slower)
    return verdicts


def self_test():
    """Feeds it numbers whose answer is known."""
    def check(found, expected, what):
        assert found == expected, f"{what}: {found}, expected {expected}"

    check(wilcoxon_below([-1, -2, -3, -4, -5]), 1 / 32, "all of five below")
    check(wilcoxon_below([1, 2, 3, 4, 5]), 1.0, "all of five above")
    check(wilcoxon_below([-5, 1, -2, -3, -4]), 2 / 32, "the smallest of five above")
    # From the table of the signed-rank distribution: P(W <= 8) for ten pairs is 25 of 1,024.
    check(wilcoxon_below([8, *(-value for value in (1, 2, 3, 4, 5, 6, 7, 9, 10))]), 25 / 1024, "ten pairs")
    check(wilcoxon_below([-1, -1, 1, 1]), 11 / 16, "all tied")
    check(wilcoxon_below([0, 0]), 1.0, "no difference at all")
    check(holm({"a": 0.01, "b": 0.03, "c": 0.2}), {"a"}, "Holm stops at the first that is not")
    check(holm({"a": 0.01, "b": 0.02, "c": 0.04}), {"a", "b", "c"}, "Holm goes on")
    check(rounds_needed(1), 5, "rounds for one metric")
    check(2 ** -rounds_needed(6) <= LEVEL / 6 < 2 ** -(rounds_needed(6) - 1), True, "rounds for six")

    def runs(slower, noise, rounds, seed):
        chance = random.Random(seed)
        drift = chance.uniform(0.8, 1.2)
        noisy = lambda speed: speed * drift * math.exp(chance.gauss(0, noise))  # noqa: E731
        return {"speed": [(noisy(100.0), noisy(100.0 * (1 - slower))) for _ in range(rounds)]}

    def alarms(slower, noise, trials=2000):
        return sum(judge(runs(slower, noise, 8, seed), 0.02)["speed"][4] for seed in range(trials)) / trials

    none, true, small = alarms(0, 0.03), alarms(0.10, 0.03), alarms(0.005, 0.001)
    assert none <= LEVEL, f"false alarms: {none}"
    assert true >= 0.95, f"a tenth slower is found in {true}"
    assert small == 0, f"what is within the tolerance is an alarm in {small}"
    print(f"the statistics are sound: {none:.1%} false alarms, a tenth slower amid noise of 3 % found in {true:.1%}")
