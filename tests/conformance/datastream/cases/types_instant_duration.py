TAGS = ["types"]
MODES = ["streaming"]
ORDERED = True


def run(m):
    C = m.common
    I, Du, Ti = C.Instant if hasattr(C, "Instant") else m.mod("common.time").Instant, C.Duration, C.Time
    out = [I.of_epoch_milli(-1500), I(3, 5), str(I(1, 0)), I(1, 2) == I(1, 2), I.of_epoch_milli(1234).to_epoch_milli()]
    out += [Ti.hours(1).to_milliseconds(), Ti.days(2).to_milliseconds(), Ti.minutes(3) == Ti.seconds(180), Ti.milliseconds(5).to_milliseconds(), str(Ti.seconds(1))]
    return out
