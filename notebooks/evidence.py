import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="The evidence", css_file="notebook.css")


@app.cell
def _():
    import marimo as mo

    try:
        from flatscape.notebook import start
        from flatscape.notebook.answer import attempt
        from flatscape.notebook.evidence import replay, trial, view
    except ModuleNotFoundError as error:
        mo.stop(
            True, mo.callout(f"{error.name} is missing. In the folder of flatscape: pip install '.[notebooks]'", "warn")
        )
    start.prepare()
    return attempt, view, mo, replay, trial


@app.cell
def _(mo):
    mo.md("""
    # The evidence

    Choose a statement: its claim and its proof are shown, and the proof is checked now, step by step, by
    solvers and algebra. Then it is tried on instances that are drawn now, and so is its *control*, a false twin
    that the same machinery must refute. **Edit its constant yourself, and watch it fail.**
    """)
    return


@app.cell
def _(view, mo):
    choices = view.choices()
    chosen = mo.ui.dropdown(
        choices,
        value=next(title for title, id in choices.items() if id == "prop3"),
        label="statement",
        searchable=True,
        full_width=True,
    )
    mo.vstack([chosen])
    return (chosen,)


@app.cell
def _(chosen, view, mo, trial):
    statement = trial.find_statement(chosen.value or "prop3")
    mo.Html(f"<h2>{statement.number}: {statement.title}</h2>{view.claim(statement)}")
    return (statement,)


@app.cell
def _(view, mo, statement):
    with mo.status.spinner("The proof is being checked"):
        _proof = view.checked_proof(statement.id)
    mo.Html(f"<h3>Proof</h3>{view.proof(_proof)}")
    return


@app.cell
def _(attempt, mo, statement, trial):
    with mo.status.spinner("Instances are being drawn and simulated"):
        answer = attempt(trial.try_statement, statement.id)
    mo.stop(answer.sentence is not None, mo.callout(answer.sentence))
    found = answer.found
    return (found,)


@app.cell
def _(view, found, mo, replay):
    _shown = replay.replayed(found)
    mo.Html(f"<h3>On instances drawn now</h3>{view.tightest(found)}{_shown}<h3>Its control</h3>{view.control(found)}")
    return


@app.cell
def _(mo):
    factor = mo.ui.slider(0.5, 4, 0.01, value=1, label="multiply the smaller side by", show_value=True, full_width=True)
    mo.vstack([mo.md("### Edit its constant"), factor])
    return (factor,)


@app.cell
def _(view, factor, found, mo):
    mo.Html(f"{view.edited(found, factor.value)}{view.draw_ratios(found, factor.value)}")
    return


@app.cell
def _(mo):
    mo.md("""
    Each point is an instance: the larger over the smaller side. Where points lie below the line, the edited
    claim is false.

    ## Now try

    - Proposition 3 survives until 2, and then fails at once: the paper's constant is half of the best one.
      Choose S3, which has the best one: how far does it go?
    - Choose Lemma 8, whose bound is attained. What is the smallest factor at which it fails?
    - Open the steps of a proof. What does the false twin of each look like, and which steps are written
      arguments that no machine checks?
    """)
    return


if __name__ == "__main__":
    app.run()
