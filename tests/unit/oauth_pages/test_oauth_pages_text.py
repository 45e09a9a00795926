"""What a page says as text, and terms as paragraphs."""

import hashlib

from oauth.pages.prose import Block, Sort, blocks
from oauth.pages.visible import digest, visible_text


def test_text_is_folded_line_by_line_and_attributes_are_none() -> None:
    html = '<p>One\n  <b>two</b>  three&amp;</p><input name="csrf" value="secret"><p> </p>'
    assert visible_text(html) == "One\ntwo\nthree&"


def test_what_is_the_persons_own_is_left_out_with_everything_in_it() -> None:
    html = "<p>a<span data-own>1984 <b>x<br>y</b><img src=''></span>b</p><p>c</p>"
    assert visible_text(html) == "a\nb\nc"


def test_a_value_that_reads_like_a_tag_or_like_the_mark_hides_nothing() -> None:
    html = """<p title="a > data-own b" id='x data-own <i>'>a<img alt='<br>'></p>b &lt;i&gt;"""
    assert visible_text(html) == "a\nb <i>"


def test_the_digest_is_of_the_text_alone() -> None:
    assert digest("<p>大通</p>") == hashlib.sha256("大通".encode()).hexdigest()
    assert digest("<p class='x'>大通 <i data-own>花子</i></p>") == digest("<p>大通</p>")
    assert digest("<p>大通り</p>") != digest("<p>大通</p>")


def test_terms_become_headings_paragraphs_and_lists() -> None:
    assert blocks("Intro\n\n## 1. Title\n\nText\nmore\n\n1. one\n2. two\n") == [
        Block(Sort.PARAGRAPH, ("Intro",)),
        Block(Sort.HEADING, ("1. Title",)),
        Block(Sort.PARAGRAPH, ("Text", "more")),
        Block(Sort.LIST, ("one", "two")),
    ]


def test_markup_in_terms_is_text() -> None:
    assert blocks("<script>x</script>")[0].lines == ("<script>x</script>",)
    assert blocks("") == []
