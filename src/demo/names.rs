//! What companies and people are called. All of them are made up.

use super::dice::Dice;
use super::plan::Company;

const FIRST: [&str; 48] = [
    "Amber", "Arbor", "Atlas", "Beacon", "Birch", "Bright", "Cedar", "Cobalt", "Copper", "Coral", "Crescent", "Delta", "Dune", "Ember",
    "Fern", "Flint", "Garnet", "Glacier", "Granite", "Harbor", "Hazel", "Indigo", "Iris", "Juniper", "Lark", "Linden", "Maple", "Meadow",
    "Mistral", "Nova", "Oak", "Onyx", "Opal", "Orchard", "Pine", "Prairie", "Quartz", "Raven", "River", "Sable", "Sage", "Sierra",
    "Silver", "Summit", "Tidal", "Umber", "Willow", "Zephyr",
];

const SECOND: [&str; 48] = [
    "Analytics",
    "Apparel",
    "Bakery",
    "Biotech",
    "Brewing",
    "Builders",
    "Capital",
    "Ceramics",
    "Clinics",
    "Dairy",
    "Dental",
    "Design",
    "Dynamics",
    "Energy",
    "Farms",
    "Fitness",
    "Foods",
    "Freight",
    "Furniture",
    "Gardens",
    "Glass",
    "Health",
    "Hotels",
    "Instruments",
    "Interiors",
    "Labs",
    "Learning",
    "Legal",
    "Logistics",
    "Marine",
    "Media",
    "Metals",
    "Motors",
    "Optics",
    "Outdoor",
    "Packaging",
    "Paper",
    "Pharma",
    "Press",
    "Robotics",
    "Schools",
    "Seeds",
    "Software",
    "Sports",
    "Studios",
    "Textiles",
    "Tools",
    "Travel",
];

const GIVEN: [&str; 48] = [
    "Abena", "Aisha", "Alba", "Amir", "Ana", "Anders", "Anil", "Aoife", "Bao", "Bruno", "Carla", "Chidi", "Chloe", "Daniel", "Diego",
    "Elif", "Emma", "Eric", "Farah", "Felix", "Gita", "Grace", "Hana", "Hugo", "Ines", "Ivan", "Jade", "Jonas", "Kaya", "Kofi", "Lea",
    "Liam", "Lina", "Luca", "Maya", "Mei", "Nadia", "Noah", "Nora", "Omar", "Pia", "Rosa", "Sofia", "Tariq", "Tomas", "Vera", "Yusuf",
    "Zoe",
];

const FAMILY: [&str; 48] = [
    "Abe", "Adeyemi", "Almeida", "Andersen", "Bauer", "Bianchi", "Boateng", "Castro", "Chen", "Costa", "Dubois", "Duarte", "Eriksen",
    "Fischer", "Fontaine", "Garcia", "Gupta", "Haas", "Haddad", "Horvat", "Ito", "Ivanova", "Jansen", "Kaplan", "Keller", "Khan", "Kim",
    "Kovacs", "Larsen", "Lopez", "Mbeki", "Meyer", "Moreau", "Nguyen", "Okoye", "Olsen", "Park", "Petrov", "Quinn", "Rossi", "Santos",
    "Sato", "Singh", "Torres", "Virtanen", "Weber", "Yilmaz", "Zhang",
];

/// The company at a place: all names up to the 2 304th are different.
pub(super) fn company(place: usize) -> Company {
    let (count, round) = (FIRST.len(), place / FIRST.len());
    let first = FIRST.get(place * 7 % count).copied().unwrap_or_default();
    let second = SECOND.get((place + round) % SECOND.len()).copied().unwrap_or_default();
    Company { name: format!("{first} {second}"), domain: format!("{first}{second}.example").to_lowercase() }
}

/// A name and an address; the number makes the address one of a kind.
pub(super) fn person(dice: &mut Dice, number: usize, domain: Option<&str>) -> (String, String) {
    let (given, family) = (dice.name(&GIVEN), dice.name(&FAMILY));
    let local = format!("{given}.{family}").to_lowercase();
    let email = match domain {
        Some(domain) => format!("{local}@{domain}"),
        None => format!("{local}.{number}@mail.example"),
    };
    (format!("{given} {family}"), email)
}
