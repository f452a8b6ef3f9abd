#!/usr/bin/env python3
"""Is every decision's reason true? The brand's rules again, slowly, straight from the tables.

Usage: check_reasons.py DATA DECISIONS [DAY]      DAY: of the import, 2017-07-31
Knows nothing of the engine: who may be written to, what each household could be offered and
whether its page may be arranged follow from the CSV files alone. Prints the first decisions that
say otherwise; exit code 1 when there is one.
"""
import csv
import datetime
import json
import os
import sys
from collections import Counter, defaultdict

# Coupon: at least so many rows in so many days, of departments (d) or categories (c).
OFFERS = {
    "coupon-produce": (2, 90, "d:PRODUCE"),
    "coupon-salad": (1, 90, "c:SALAD MIX", "d:SALAD BAR"),
    "coupon-meat": (1, 90, "d:MEAT"),
    "coupon-packed-meat": (2, 90, "d:MEAT-PCKGD"),
    "coupon-seafood": (1, 90, "d:SEAFOOD", "d:SEAFOOD-PCKGD"),
    "coupon-dairy": (2, 90, "c:FLUID MILK PRODUCTS", "c:CHEESE", "c:YOGURT"),
    "coupon-bread": (2, 90, "c:BAKED BREAD/BUNS/ROLLS", "c:COLD CEREAL"),
    "coupon-frozen": (2, 90, "c:FRZN MEAT/MEAT DINNERS", "c:FROZEN PIZZA"),
    "coupon-drinks": (2, 90, "c:SOFT DRINKS", "c:CANNED JUICES", "c:REFRGRATD JUICES/DRNKS"),
    "coupon-pantry": (2, 90, "c:SOUP", "c:VEGETABLES - SHELF STABLE", "c:DRY NOODLES/PASTA"),
    "coupon-deli": (1, 90, "d:DELI"),
    "coupon-bakery": (1, 90, "d:PASTRY"),
    "coupon-natural": (1, 90, "d:NUTRITION"),
    "coupon-household": (1, 90, "c:SOAP - LIQUID & BAR", "c:HAIR CARE PRODUCTS",
                         "c:BATH TISSUES"),
    "coupon-floral": (1, 180, "d:FLORAL"),
}
ARRANGES = ("d:PRODUCE", "d:GROCERY", "d:MEAT", "d:MEAT-PCKGD", "d:DELI", "d:PASTRY", "d:SEAFOOD",
            "d:SEAFOOD-PCKGD", "d:NUTRITION", "d:FLORAL", "c:SOAP - LIQUID & BAR",
            "c:BATH TISSUES")


class Shop:
    """What the tables say of each household."""

    def __init__(self, data, today):
        self.data, self.today = data, today
        here = os.path.dirname(os.path.abspath(__file__))
        with open(f"{here}/sensitive-categories.txt", encoding="utf-8") as file:
            self.sensitive = {line.strip() for line in file if line.strip() and line[0] != "#"}
        shelves = {row["product_id"]: (row["department"], row["product_category"])
                   for row in self.rows("products.csv")}
        self.bought = defaultdict(list)
        for row in self.rows("transactions.csv"):
            department, category = shelves.get(row["product_id"], ("", ""))
            if category not in self.sensitive:
                self.bought[row["household_id"]].append(
                    (day_of(row["transaction_timestamp"]), f"d:{department}", f"c:{category}"))
        starts = {row["campaign_id"]: day_of(row["start_date"])
                  for row in self.rows("campaign_descriptions.csv")}
        self.mails = defaultdict(list)
        for row in self.rows("campaigns.csv"):
            self.mails[row["household_id"]].append(starts[row["campaign_id"]])
        self.redeemed = Counter(r["household_id"] for r in self.rows("coupon_redemptions.csv"))
        self.sizes = {row["household_id"]: row["household_size"]
                      for row in self.rows("demographics.csv")}

    def rows(self, name):
        with open(f"{self.data}/{name}", encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)

    def count(self, household, days, *shelves):
        since = self.today - datetime.timedelta(days=days)
        return sum((department in shelves) + (category in shelves)
                   for day, department, category in self.bought[household] if day > since)

    def offers(self, household):
        out = {item for item, (least, days, *shelves) in OFFERS.items()
               if self.count(household, days, *shelves) >= least}
        mails = self.mails[household]
        if self.redeemed[household] and mails and (self.today - max(mails)).days >= 14:
            out.add("coupon-any")
        return out


def day_of(text):
    return datetime.date.fromisoformat(text[:10])


def wrong_mail(shop, decision):
    """Why the answer cannot be; "" when it can."""
    household, reason = decision["household"], decision["reason"]
    offers = shop.offers(household)
    if not shop.mails[household]:
        expected = {"no_consent"}
    else:
        expected = {"chosen"} if offers else {"silence"}
    if reason not in expected:
        return f"{reason}, expected {expected}"
    if reason != "chosen":
        return ""
    if decision["item"] not in offers:
        return f"{decision['item']}, expected one of {offers}"
    if decision["item"] in ("coupon-meat", "coupon-frozen"):
        large = shop.sizes.get(household) in ("4", "5+")
        if (decision["variant"] == "large-pack") != large:
            return f"{decision['variant']} for a household of {shop.sizes.get(household)}"
    return ""


def wrong_order(shop, decision):
    arranged = shop.count(decision["household"], 90, *ARRANGES) > 0
    expected = "chosen" if arranged else "given_order"
    return "" if decision["reason"] == expected else f"{decision['reason']}, expected {expected}"


def main():
    data, decisions, *day = sys.argv[1:]
    shop = Shop(data, day_of(day[0] if day else "2017-07-31"))
    checks = {"coupon.mail": wrong_mail, "top.order": wrong_order}
    households, wrong = set(), []
    with open(decisions, encoding="utf-8") as file:
        for line in file:
            decision = json.loads(line)
            households.add(decision["household"])
            problem = checks[decision["slot"]](shop, decision)
            if problem:
                wrong.append(f"household {decision['household']}, {decision['slot']}: {problem}")
    for line in wrong[:20]:
        print(line)
    print(f"reasons of {len(households)} households computed again from the tables: "
          f"{len(wrong)} differ")
    sys.exit(1 if wrong or not households else 0)


main()
