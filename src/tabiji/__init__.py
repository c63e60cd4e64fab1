"""Where does this request go, and if it does not arrive, what stops it?"""
