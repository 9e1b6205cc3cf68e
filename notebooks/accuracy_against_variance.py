import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Accuracy against variance", css_file="notebook.css")


@app.cell
def _():
    import marimo as mo

    try:
        from flatscape.notebook import race, race_view, start
        from flatscape.notebook.answer import attempt
        from flatscape.notebook.pieces import markup
    except ModuleNotFoundError as error:
        mo.stop(
            True, mo.callout(f"{error.name} is missing. In the folder of flatscape: pip install '.[notebooks]'", "warn")
        )
    start.prepare()
    return attempt, markup, mo, race, race_view


@app.cell
def _(mo):
    mo.md("""
    # Accuracy against variance

    Two teachers race for the same policy over sixteen outputs, each with the accuracy that you give it. The
    *narrow* one squeezes all its rewards into an interval of length 1/T; the *contrasting* one puts the best
    output far above all others. **Theorem 5 says that for T large enough the narrow one loses, whatever the two
    accuracies are.**
    """)
    return


@app.cell
def _(markup, mo):
    slow = mo.ui.slider(0, 1, 0.05, value=1, label="accuracy of the narrow teacher", show_value=True, full_width=True)
    fast = mo.ui.slider(
        0, 1, 0.05, value=0.1, label="accuracy of the contrasting teacher", show_value=True, full_width=True
    )
    width = mo.ui.slider(0, 5, 0.1, value=2, label="T, as a power of ten", show_value=True, full_width=True)
    increase = mo.ui.slider(
        0.05, 1.2, 0.05, value=0.3, label="wanted rise of the true reward", show_value=True, full_width=True
    )
    mo.Html(f"{markup.columns(mo.vstack([slow, fast]), mo.vstack([width, increase]))}")
    return fast, increase, slow, width


@app.cell
def _(attempt, fast, increase, mo, race, slow, width):
    answer = attempt(
        race.run_race,
        slow_accuracy=slow.value,
        fast_accuracy=fast.value,
        inverse_range=10**width.value,
        increase=increase.value,
    )
    mo.stop(answer.sentence is not None, mo.callout(answer.sentence, "warn"))
    found = answer.found
    return (found,)


@app.cell
def _(found, markup, mo, race_view):
    _said = markup.note(found.sentence, "bad" if found.loses else "plain")
    _pictures = markup.columns(race_view.draw_race(found), race_view.draw_rewards(found))
    mo.Html(f"{_said}{race_view.race_table(found)}{_pictures}")
    return


@app.cell
def _(mo):
    mo.md("""
    Left: the true reward under both teachers; the grey line is the target. Right: what each pays, outputs in
    the order of the truth. An accuracy that no ranking has is replaced by the nearest that one has (Definition
    3). The contrasting teacher always ranks the best output first, so that its accuracy cannot be 0.

    ## Now try

    - Give the narrow teacher accuracy 1 and the contrasting one the least it can have. Move **T** until the
      race is even.
    - Swap the accuracies. Does the winner change?
    - Watch the column *not before (ours)*: it is at least four times the paper's. How close does the race come
      to it?
    """)
    return


if __name__ == "__main__":
    app.run()
