"""Users, links, sessions and counters in the table.

pk                    sk             what
principal#<cus id>    user           a user; indexes directory and, until the address is proven, unproven; both by time
principal#<id>        session#<id>   a customer's or a guest's session; all of somebody's lie together
principal#<cus id>    addresses      the customer's address book
principal#<cus id>    devices        the devices that the customer is known by, as keyed hashes
principal#<cus id>    phone_proof    the codes that were sent to the number that the customer wants, as keyed hashes
principal#<cus id>    second_factor  the customer's authenticator, its secret sealed by KMS
ticket#<digest>       ticket         a right password that waits for the second factor
email#<address>       email          whose address it is
link#<digest>         link           a link in a mail, without its token
throttle#<bucket>     throttle       failures in a quarter of an hour
trust#<digest>        network#<…>    a place that an account's owner is known at
decoy#<…>             decoy          nothing: the work of a read or a write, where time must not tell
"""

from auth.repository.devices import DeviceTable
from auth.repository.phone_proofs import PhoneProofTable
from auth.repository.second_factors import SecondFactorTable
from auth.repository.sessions import SessionTable
from auth.repository.throttles import ThrottleTable
from auth.repository.users import UserTable

__all__ = ["DeviceTable", "PhoneProofTable", "SecondFactorTable", "SessionTable", "ThrottleTable", "UserTable"]
