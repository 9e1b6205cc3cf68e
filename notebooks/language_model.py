import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="A real language model", css_file="notebook.css")


@app.cell
def _():
    import marimo as mo

    try:
        from flatscape.notebook import course_view, next_words, start, words_view
        from flatscape.notebook.answer import attempt
        from flatscape.notebook.pieces import markup
    except ModuleNotFoundError as error:
        mo.stop(
            True, mo.callout(f"{error.name} is missing. In the folder of flatscape: pip install '.[notebooks]'", "warn")
        )
    start.prepare()
    return attempt, course_view, markup, mo, next_words, words_view


@app.cell
def _(mo):
    mo.md("""
    # A real language model

    Type a prompt, and say which next words you want and which you do not: the reward is 1, −1, and 0 for all
    others. The policy is what SmolLM2-135M-Instruct itself would say next, over its 49,152 tokens; it runs on
    this machine. **How long is the plateau before the model says what you want, and what do the bounds know of
    it beforehand?**
    """)
    return


@app.cell
def _(attempt, markup, mo, next_words):
    model = attempt(next_words.kept_model)
    mo.stop(
        model.sentence is not None,
        mo.callout(f"The language model is not there, and this notebook fetches nothing. {model.sentence}", "warn"),
    )
    prompt = mo.ui.text("The film was", label="prompt", full_width=True)
    wanted = mo.ui.text("great, wonderful, brilliant, good", label="wanted words", full_width=True)
    unwanted = mo.ui.text("bad, terrible, awful, boring", label="unwanted words", full_width=True)
    loudness = mo.ui.slider(
        -3,
        0,
        0.1,
        value=0,
        label="loudness of the reward model, as a power of ten",
        show_value=True,
        full_width=True,
        debounce=True,
    )
    increase = mo.ui.slider(
        0.05,
        0.9,
        0.05,
        value=0.3,
        label="wanted rise of the true reward",
        show_value=True,
        full_width=True,
        debounce=True,
    )
    mo.vstack(
        [prompt, mo.Html(f"{markup.columns(wanted, unwanted)}"), mo.Html(f"{markup.columns(loudness, increase)}")]
    )
    return increase, loudness, prompt, unwanted, wanted


@app.cell
def _(attempt, increase, loudness, mo, next_words, prompt, unwanted, wanted):
    words = attempt(next_words.read_words, wanted.value, unwanted.value)
    mo.stop(words.sentence is not None, mo.callout(words.sentence, "warn"))
    with mo.status.spinner("The model reads the prompt"):
        answer = attempt(
            next_words.word_course,
            prompt.value,
            wanted.value,
            unwanted.value,
            loudness=10**loudness.value,
            increase=increase.value,
        )
    mo.stop(answer.sentence is not None, mo.callout(answer.sentence, "warn"))
    found = answer.found
    return found, words


@app.cell
def _(course_view, found, markup, mo, words, words_view):
    _pictures = markup.columns(course_view.draw_course(found), words_view.draw_words(found.problem))
    mo.Html(f"{words_view.word_facts(found)}{words_view.beginnings(words.found)}{_pictures}")
    return


@app.cell
def _(course_view, found, mo):
    mo.vstack([mo.md("## Every bound, now"), mo.Html(f"{course_view.bounds_table(found)}")])
    return


@app.cell
def _(mo):
    mo.md("""
    The time is that of gradient flow on a table with one logit for each token, which starts at the model's
    policy. The network itself moves all logits through shared parameters: flatscape lm check measures that, in
    some minutes.

    ## Now try

    - Choose words that the model is likely to say anyway, such as *a* against *the*. What becomes of the
      variance, and of the plateau?
    - Lower the **loudness** by a factor of ten. The time grows tenfold, and so do the bounds that rest on the
      variance.
    - Change the **prompt** only: the same reward is a good teacher after one prompt and a poor one after
      another.
    """)
    return


if __name__ == "__main__":
    app.run()
