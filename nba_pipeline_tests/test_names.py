import pytest
from hypothesis import given
from hypothesis import strategies as st

from nba_pipeline.names import base_key, fold, last_name_key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Luka Dončić", "lukadoncic"),
        ("Nikola Đurišić", "nikoladurisic"),
        ("Kristaps Porziņģis", "kristapsporzingis"),
        ("Dennis Schröder", "dennisschroder"),
        ("P.J. Washington", "pjwashington"),
        ("De\u2019Aaron Fox", "deaaronfox"),
        ("Shai Gilgeous-Alexander", "shaigilgeousalexander"),
        ("Michael Porter Jr.", "michaelporterjr"),
        ("Łukasz Ørsted ıßæœþð", "lukaszorstedissaeoethd"),
        ("  LeBron\u00a0 JAMES ", "lebronjames"),
        ("محمد", ""),
        ("Carter Jr., Wendell", "wendellcarterjr"),
        ("Portis, Bobby", "bobbyportis"),
        ("Murphy, III", "murphyiii"),
        (", Bobby", "bobby"),
        ("Portis,", "portis"),
    ],
)
def test_fold_is_the_project_rule(name, key):
    assert fold(name) == key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Michael Porter Jr.", "michaelporter"),
        ("Trey Murphy III", "treymurphy"),
        ("Sasha Vezenkov", "sashavezenkov"),
        ("Jaden Ivey", "jadenivey"),
        ("Miličić, Jr.", "milicic"),
        ("Carter Jr., Wendell", "wendellcarter"),
        ("Jr.", "jr"),
    ],
)
def test_only_a_separate_last_token_is_a_suffix(name, key):
    assert base_key(name) == key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Jaren Jackson Jr.", "jackson"),
        ("Tristan Da Silva", "dasilva"),
        ("Luc Mbah a Moute", "mbahamoute"),
        ("Nickeil Alexander-Walker", "alexanderwalker"),
        ("P. J. Washington", "washington"),
        ("Nenê", "nene"),
    ],
)
def test_last_name_key_keeps_compound_last_names(name, key):
    assert last_name_key(name) == key


@given(st.text())
def test_folding_is_idempotent_and_ascii(text):
    assert fold(fold(text)) == fold(text)
    assert fold(text).isascii()
    assert fold(text) == "" or fold(text).isalnum()


@given(st.text())
def test_base_key_is_a_prefix_of_the_key(text):
    assert fold(text).startswith(base_key(text))
