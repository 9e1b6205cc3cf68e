import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Same reward models, another policy", css_file="notebook.css")


@app.cell
def _():
    import marimo as mo

    try:
        from flatscape.notebook import crossover, start
        from flatscape.notebook.answer import attempt
        from flatscape.notebook.pieces import markup
    except ModuleNotFoundError as error:
        mo.stop(
            True, mo.callout(f"{error.name} is missing. In the folder of flatscape: pip install '.[notebooks]'", "warn")
        )
    start.prepare()
    return attempt, crossover, markup, mo


@app.cell
def _(mo):
    mo.md("""
    # Same reward models, another policy

    There are two good outputs, and two reward models, each of which pays for one of them alone. Neither reward
    model changes below; only the policy that is to be taught does. **Theorem 6 says that each is the better
    teacher for some policy: no ranking of reward models holds for all policies.**
    """)
    return


@app.cell
def _(markup, mo):
    split = mo.ui.slider(
        -6,
        6,
        0.1,
        value=2,
        label="first over second good output, under the initial policy, as a power of ten",
        show_value=True,
        full_width=True,
    )
    increase = mo.ui.slider(
        0.05, 1, 0.05, value=0.3, label="wanted rise of the true reward", show_value=True, full_width=True
    )
    mo.Html(f"{markup.columns(split, increase)}")
    return increase, split


@app.cell
def _(attempt, crossover, increase, mo, split):
    answer = attempt(crossover.run_crossover, 10**split.value, increase.value)
    mo.stop(answer.sentence is not None, mo.callout(answer.sentence, "warn"))
    found = answer.found
    return (found,)


@app.cell
def _(crossover, found, markup, mo):
    _pictures = markup.columns(crossover.draw_policy(found), crossover.draw_crossover(found))
    mo.Html(f"{markup.note(found.sentence)}{_pictures}{crossover.crossover_table(found)}")
    return


@app.cell
def _(mo):
    mo.md("""
    Left: the policy of the slider. Right: measured hitting times, for policies that all have the same expected
    true reward at first; the coloured bands lie between the proven limits of Theorem 6 (above) and S-T6 (below).
    The upright line is the policy of the slider.

    ## Now try

    - Find the **crossover**: the policy for which both teach equally fast. Is it where both outputs are equally
      likely? The second good output is truly worth 0.8, the first 1.
    - Raise the **wanted rise** and look which way the crossover moves.
    - Compare the column *reward variance* with the sentence: here the larger variance names the better teacher.
      Is that so everywhere near the crossover?
    """)
    return


if __name__ == "__main__":
    app.run()
