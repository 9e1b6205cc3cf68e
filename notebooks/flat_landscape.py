import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="The flat landscape", css_file="notebook.css")


@app.cell
def _():
    import marimo as mo

    try:
        from flatscape.notebook import course, course_view, start, terrain_view, three_outputs
        from flatscape.notebook.answer import attempt
        from flatscape.notebook.pieces import markup
    except ModuleNotFoundError as error:
        mo.stop(
            True, mo.callout(f"{error.name} is missing. In the folder of flatscape: pip install '.[notebooks]'", "warn")
        )
    start.prepare()

    return attempt, course, course_view, markup, mo, terrain_view, three_outputs


@app.cell
def _(mo):
    mo.md("""
    # The flat landscape

    A policy chooses among three outputs: the best is truly worth 1, the middling one 0, the worst −1. It is
    taught by a reward model, whose pay may or may not agree with that truth. **If the pay hardly varies over
    what the policy does, the landscape is flat and nothing is learnt for a long time, however accurate the
    reward model is.**
    """)
    return


@app.cell
def _(markup, mo):
    best = mo.ui.slider(
        -4,
        -0.3,
        0.1,
        value=-1.5,
        label="probability of the best output, as a power of ten",
        show_value=True,
        full_width=True,
    )
    share = mo.ui.slider(
        0.05, 0.95, 0.05, value=0.5, label="share of the middling one in the rest", show_value=True, full_width=True
    )
    pays = [
        mo.ui.slider(-1, 1, 0.05, value=value, label=f"the {name} one is paid", show_value=True, full_width=True)
        for name, value in (("best", 1), ("middling", 0), ("worst", -1))
    ]
    wanted = mo.ui.slider(
        -6, 0, 0.1, value=-1, label="reward variance, as a power of ten", show_value=True, full_width=True
    )
    kl = mo.ui.slider(0, 0.5, 0.01, value=0, label="KL coefficient", show_value=True, full_width=True)
    increase = mo.ui.slider(
        0.05, 1.2, 0.05, value=0.5, label="wanted rise of the true reward", show_value=True, full_width=True
    )
    pay = mo.ui.array(pays)
    _columns = markup.columns(
        mo.vstack([mo.md("**The policy at first**"), best, share]),
        mo.vstack([mo.md("**What each output is paid**"), *pay]),
        mo.vstack([mo.md("**Reward model and goal**"), wanted, kl, increase]),
    )
    mo.Html(f"{_columns}")
    return best, increase, kl, pay, share, wanted


@app.cell
def _(attempt, best, course, increase, kl, mo, pay, share, three_outputs, wanted):
    policy = three_outputs.initial_policy(10**best.value, share.value)
    scaled = attempt(three_outputs.of_variance, policy, pay.value, 10**wanted.value)
    mo.stop(scaled.sentence is not None, mo.callout(scaled.sentence, "warn"))
    problem = three_outputs.three_problem(policy, scaled.found.reward, kl.value)
    answer = attempt(course.run_course, problem, increase.value)
    mo.stop(answer.sentence is not None, mo.callout(answer.sentence, "warn"))
    found = answer.found
    return found, scaled


@app.cell
def _(course_view, found, markup, mo, scaled, terrain_view):
    _capped = markup.note("The variance is as large as rewards between −1 and 1 allow.") if scaled.found.capped else ""
    _pictures = markup.columns(course_view.draw_course(found), terrain_view.draw_terrain(found))
    mo.Html(f"{course_view.course_facts(found)}{_capped}{_pictures}")
    return


@app.cell
def _(course_view, found, mo):
    mo.vstack(
        [
            mo.md("""
    Left: the true reward over time, on a logarithmic axis, and the proven limits between which the target is
    reached. Right: the objective over the plane of logits. Brighter is higher, each line is a step of 0.05, the
    dot is where the policy starts, and the dashed line is the target.

    ## Every bound, now
    """),
            mo.Html(f"{course_view.bounds_table(found)}"),
        ]
    )
    return


@app.cell
def _(mo):
    mo.md("""
    ## Now try

    - Lower the **variance** from −1 to −5: the order of the outputs stays (accuracy 1), the lines leave the
      landscape, and the hitting time grows a hundredfold.
    - Leave the variance alone and lower the **probability of the best output**: the reward model still shouts,
      but the policy never hears it.
    - Pay the *worst* output more than the middling one. Accuracy falls. Does the hitting time rise?
    - Raise the **KL coefficient** until the target is never reached. Which bounds noticed before you did?
    """)
    return


if __name__ == "__main__":
    app.run()
