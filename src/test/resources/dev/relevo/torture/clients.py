"""Clients on libpq with connections that last. Says on standard output what each of them saw:

    S client n sent                     COMMIT is about to be sent
    C client n sent ended               committed
    N client n sent ended sqlstate      not committed
    U client n sent ended sqlstate      nobody knows

and ends when its standard input does. Arguments: connection string, first client, clients, accounts,
and how many times as long they pause.
"""

import os
import random
import sys
import threading
import time

import psycopg2

conninfo, base, number, accounts = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
pace = int(sys.argv[5])
stopping = threading.Event()
lock = threading.Lock()


def say(*words):
    with lock:
        sys.stdout.write(" ".join(str(word) for word in words) + "\n")
        sys.stdout.flush()


def transact(connection, client, n):
    asked = False
    sent = time.monotonic_ns()
    try:
        with connection.cursor() as cursor:
            account = random.randint(1, accounts)
            cursor.execute("SELECT counter FROM accounts WHERE id = %s FOR UPDATE", (account,))
            (seen,) = cursor.fetchone()
            cursor.execute("UPDATE accounts SET counter = %s WHERE id = %s", (seen + 1, account))
            cursor.execute("INSERT INTO entries (client, n, account, seen) VALUES (%s, %s, %s, %s)",
                           (client, n, account, seen))
        sent = time.monotonic_ns()
        say("S", client, n, sent)
        asked = True
        connection.commit()
        say("C", client, n, sent, time.monotonic_ns())
        return True
    except psycopg2.Error as error:
        state = error.pgcode or "08006"
        lost = state.startswith("08") or state.startswith("57P")
        say("U" if asked and lost else "N", client, n, sent, time.monotonic_ns(), state)
        try:
            connection.rollback()
            return connection.closed == 0 and state != "25006"
        except psycopg2.Error:
            return False


def work(client):
    connection = None
    n = 0
    while not stopping.is_set():
        try:
            if connection is None:
                connection = psycopg2.connect(conninfo)
        except psycopg2.Error:
            time.sleep(0.05)
            continue
        if not transact(connection, client, n):
            connection.close()
            connection = None
        n += 1
        time.sleep(pace * random.uniform(0.005, 0.03))


threads = [threading.Thread(target=work, args=(base + each,), daemon=True) for each in range(number)]
for thread in threads:
    thread.start()
sys.stdin.read()
stopping.set()
deadline = time.monotonic() + 10
for thread in threads:
    thread.join(max(0, deadline - time.monotonic()))
sys.stdout.flush()
os._exit(0)
