from __future__ import annotations

import struct

import pytest

from mindhub.smoke.seccomp import DENIED, program

ALLOWED, KILLED, EPERM, ENOSYS, NO_FAMILY = 0x7FFF0000, 0x80000000, 0x50001, 0x50026, 0x50061
MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
BOTH = pytest.mark.parametrize(("machine", "column"), [("x86_64", 0), ("aarch64", 1)])


def decide(machine, number, *arguments, architecture=None):
    """Run the filter on a system call as the kernel would; returns what it answers."""
    data = struct.pack("<iIQ6Q", number, architecture or MACHINES[machine], 0, *arguments, *[0] * (6 - len(arguments)))
    code = list(struct.iter_unpack("<HBBI", program(machine)))
    place, value = 0, 0
    while True:
        operation, yes, no, constant = code[place]
        place += 1
        if operation == 0x06:
            return constant
        if operation == 0x20:
            value = struct.unpack_from("<I", data, constant)[0]
        elif operation == 0x54:
            value &= constant
        else:
            holds = {0x15: value == constant, 0x35: value >= constant, 0x45: bool(value & constant)}[operation]
            place += yes if holds else no


@BOTH
def test_whatever_is_on_the_list_is_refused(machine, column):
    numbers = {name: both[column] for name, both in DENIED.items() if both[column] is not None}

    assert len(numbers) > 50
    assert {name for name, number in numbers.items() if decide(machine, number) != EPERM} == set()


@BOTH
def test_no_number_stands_for_two_calls(machine, column):
    numbers = [both[column] for both in DENIED.values() if both[column] is not None]

    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize(
    ("machine", "numbers"),
    [("x86_64", [0, 1, 9, 57, 59, 202, 257, 334]), ("aarch64", [63, 64, 56, 222, 221, 98, 291])],
)
def test_reading_writing_mapping_and_starting_programs_pass(machine, numbers):
    assert {decide(machine, number) for number in numbers} == {ALLOWED}


@BOTH
def test_another_architectures_calls_end_the_process(machine, column):
    assert decide(machine, 0, architecture=0x40000003) == KILLED


def test_the_other_calls_of_x86_64_end_the_process():
    assert decide("x86_64", 0x40000000 + 41) == KILLED


@BOTH
def test_there_are_no_sockets_but_pairs_of_streams(machine, column):
    socket, pair = [(41, 198)[column], (53, 199)[column]]

    assert {decide(machine, socket, family, 1) for family in (1, 2, 10, 16, 17)} == {NO_FAMILY}
    assert decide(machine, pair, 1, 1 | 0o2000000) == ALLOWED
    assert decide(machine, pair, 1, 2) == NO_FAMILY


@BOTH
def test_a_clone_makes_threads_and_processes_but_no_namespaces(machine, column):
    clone = (56, 220)[column]

    assert decide(machine, clone, 0x3D0F00) == ALLOWED
    assert decide(machine, clone, 17) == ALLOWED
    assert {decide(machine, clone, 1 << bit | 17) for bit in (7, 17, 25, 26, 27, 28, 29, 30)} == {EPERM}
    assert decide(machine, 435) == ENOSYS


@BOTH
def test_nothing_types_into_the_terminal(machine, column):
    control = (16, 29)[column]

    assert {decide(machine, control, 0, request) for request in (0x5412, 0x541C)} == {EPERM}
    assert decide(machine, control, 0, 0x5401) == ALLOWED


def test_a_machine_whose_numbers_are_not_known_has_no_filter():
    assert program("riscv64") is None
